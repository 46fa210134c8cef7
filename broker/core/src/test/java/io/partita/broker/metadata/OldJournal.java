package io.partita.broker.metadata;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.partita.broker.env.Disk;
import io.partita.broker.protocol.MessageWriter;
import io.partita.broker.protocol.message.MetadataJournalFrame;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.zip.CRC32C;

/** Journals as they were before changes had numbers and directories were noted. */
public final class OldJournal {

    private OldJournal() {}

    /** Puts what the journal in {@code directory} says in the place of it, in the old format. */
    public static void rewrite(Disk disk, Path directory) throws IOException {
        List<MetadataJournalFrame> frames = new ArrayList<>();
        Journal.open(disk, directory, frames);
        ClusterImage.Edit image = ClusterImage.empty(frames.getFirst().clusterId).edit();
        JournalRecords records = new JournalRecords();
        frames.forEach(frame -> records.apply(frame, image));
        ByteBuf bytes = Unpooled.buffer();
        bytes.writeInt(0x504D4A31).writeLong(0).writeShort(0);
        JournalRecords.whole(image.done(), List.of(), Set.of()).write(new MessageWriter(bytes), (short) 0);
        bytes.setInt(4, bytes.readableBytes() - 12);
        CRC32C crc = new CRC32C();
        crc.update(bytes.array(), 4, 4);
        crc.update(bytes.array(), 12, bytes.readableBytes() - 12);
        bytes.setInt(8, (int) crc.getValue());
        byte[] content = new byte[bytes.readableBytes()];
        bytes.readBytes(content);
        disk.writeAtomically(directory.resolve(Journal.FILE_NAME), content);
    }
}

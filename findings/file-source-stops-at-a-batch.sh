#!/usr/bin/env bash
# Package: org.apache.kafka:connect-file and connect-runtime 4.3.1 (Maven Central)
# Behaviour: FileStreamSourceTask with batch.size below the number of lines that it has read already hands out one batch and then nothing: what is left in its buffer is looked at only when
#   a later read brings new bytes. A file that no longer grows stays unread from there on, whatever its length below the buffer; each write to it brings one batch more.
# Seen: 50 lines, batch.size 7: after 20 calls of poll() 7 lines; one line is added: 14
. "$(dirname "$0")/lib/java.sh"
libraries org.apache.kafka:connect-file:4.3.1 org.apache.kafka:connect-runtime:4.3.1
java_main << 'JAVA'
import java.lang.reflect.Proxy;
import java.nio.file.*;
import java.util.*;
import java.util.stream.*;
import org.apache.kafka.connect.file.FileStreamSourceTask;
import org.apache.kafka.connect.source.*;
import org.apache.kafka.connect.storage.OffsetStorageReader;

class Main {
    static int poll(FileStreamSourceTask task, int times) throws Exception {
        int lines = 0;
        for (int i = 0; i < times; i++) {
            List<SourceRecord> records = task.poll();
            lines += records == null ? 0 : records.size();
        }
        return lines;
    }

    public static void main(String[] args) throws Exception {
        Path file = Files.createTempFile("lines", ".txt");
        Files.write(file, IntStream.range(0, 50).mapToObj(i -> "line " + i).toList());
        // What a worker gives to a task, as far as this one asks for it: no offset is stored yet.
        OffsetStorageReader offsets = (OffsetStorageReader) Proxy.newProxyInstance(Main.class.getClassLoader(), new Class<?>[] {OffsetStorageReader.class},
                (proxy, method, arguments) -> null);
        SourceTaskContext context = (SourceTaskContext) Proxy.newProxyInstance(Main.class.getClassLoader(), new Class<?>[] {SourceTaskContext.class},
                (proxy, method, arguments) -> method.getName().equals("offsetStorageReader") ? offsets : null);
        for (String size : List.of("100", "7")) {
            FileStreamSourceTask task = new FileStreamSourceTask();
            task.initialize(context);
            task.start(Map.of("file", file.toString(), "topic", "t", "batch.size", size));
            int lines = poll(task, 20);
            Files.write(file, List.of("one more"), StandardOpenOption.APPEND);
            System.out.println("batch.size " + size + ": " + lines + " lines of the file, " + poll(task, 20) + " when it has grown by one");
            task.stop();
        }
        Files.delete(file);
    }
}
JAVA
expect 'batch.size 100: 50 lines of the file, 1 when it has grown by one'
expect 'batch.size 7: 7 lines of the file, 7 when it has grown by one'
echo "as described"

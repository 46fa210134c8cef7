package io.partita.broker.net;

import io.netty.channel.DefaultFileRegion;
import io.partita.broker.log.LogSlice;

/** A piece of a log file on its way to the socket; when it is sent (or dropped) the log gets it back. */
public class SliceRegion extends DefaultFileRegion {

    private final LogSlice slice;

    public SliceRegion(LogSlice slice) {
        super(slice.channel(), slice.position(), slice.sizeInBytes());
        this.slice = slice;
    }

    LogSlice slice() {
        return slice;
    }

    @Override
    protected void deallocate() {
        // Not super: that would close the channel, which the log owns.
        slice.release();
    }
}

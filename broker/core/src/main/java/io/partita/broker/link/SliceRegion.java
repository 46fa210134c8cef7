package io.partita.broker.link;

import io.netty.channel.DefaultFileRegion;
import io.partita.broker.log.LogSlice;

/** A piece of a log file on its way to a follower; when it is sent, or dropped, the log gets it back and somebody is told. */
final class SliceRegion extends DefaultFileRegion {

    private final LogSlice slice;
    private final Runnable gone;

    SliceRegion(LogSlice slice, Runnable gone) {
        super(slice.channel(), slice.position(), slice.sizeInBytes());
        this.slice = slice;
        this.gone = gone;
    }

    @Override
    protected void deallocate() {
        // Not super: that would close the channel, which the log owns.
        slice.release();
        gone.run();
    }
}

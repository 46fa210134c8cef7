package io.partita.broker.link;

import io.partita.broker.log.LogSlice;
import io.partita.broker.net.SliceRegion;

/** A piece of a log file on its way to a follower; when it is sent, or dropped, the log gets it back and somebody is told. */
final class FollowerSlice extends SliceRegion {

    private final Runnable gone;

    FollowerSlice(LogSlice slice, Runnable gone) {
        super(slice);
        this.gone = gone;
    }

    @Override
    protected void deallocate() {
        super.deallocate();
        gone.run();
    }
}

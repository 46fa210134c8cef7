package io.partita.broker.env;

/** The two clocks: one for what people and clients read, one for measuring how long something took. */
public interface Clock {

    /** Milliseconds since the epoch, UTC. May jump when the machine's clock is set; used for record timestamps and retention only. */
    long wallMillis();

    /** Milliseconds of a clock that never goes back, from an arbitrary origin. Used for every timeout. */
    long monotonicMillis();

    /** So many milliseconds later, both not negative. People write the largest number there is for "never", and clients may write any: that is no time in the past. */
    static long later(long millis, long more) {
        return more > Long.MAX_VALUE - millis ? Long.MAX_VALUE : millis + more;
    }

    /** The machine's clocks. */
    Clock SYSTEM = new Clock() {
        @Override
        public long wallMillis() {
            return System.currentTimeMillis();
        }

        @Override
        public long monotonicMillis() {
            return System.nanoTime() / 1_000_000;
        }
    };
}

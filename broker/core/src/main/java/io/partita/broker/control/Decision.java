package io.partita.broker.control;

/** What a rule says of a wish to change a partition's state. */
public sealed interface Decision {

    /** Granted, once {@code next} is stored over the state that was asked about; before that nothing has changed. */
    record Granted(PartitionState next) implements Decision {}

    /** Not granted; the state stays. */
    record Refused(Refusal why) implements Decision {}

    /** Why a change is refused. */
    enum Refusal {
        /** It is so already. */
        NOTHING_TO_DO("it is so already"),
        /** The broker does not hold the partition. */
        NOT_A_REPLICA("the broker is not a replica of the partition"),
        /** The broker's log may lack what was acknowledged. */
        NOT_IN_SYNC("the broker's log is not in the in-sync set"),
        /** The in-sync set names the broker under a log that it no longer has; what was acknowledged may be gone from it. */
        LOG_LOST("the in-sync set names another log than the broker has now"),
        /** Only the leader changes its in-sync set. */
        NOT_THE_LEADER("the process does not lead the partition"),
        /** The leader does not leave the in-sync set; another one is elected. */
        IS_THE_LEADER("the broker leads the partition"),
        /** Fewer than min.insync.replicas would be in sync. */
        BELOW_MIN("fewer than min.insync.replicas would remain in sync"),
        /** The last one that may have everything stays named, so that it is known who to wait for. */
        LAST_IN_SYNC("it is the last of the in-sync set");

        private final String sentence;

        Refusal(String sentence) {
            this.sentence = sentence;
        }

        /** The reason in words, to go behind a colon. */
        public String sentence() {
            return sentence;
        }
    }

    static Decision refused(Refusal why) {
        return new Refused(why);
    }

    /** The state to store, or {@code otherwise} where the change is refused. */
    default PartitionState nextOr(PartitionState otherwise) {
        return this instanceof Granted(PartitionState next) ? next : otherwise;
    }
}

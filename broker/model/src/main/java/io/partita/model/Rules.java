package io.partita.model;

/**
 * Which rules hold, and how far to look. Every field can be set by its name: {@code name=value}. The rules have the numbers of docs/adr/0009-replication-protocol.md.
 */
final class Rules implements Cloneable {
    // bounds
    int records = 2, epochs = 3, versions = 5, maxCrashes = 0, maxMachine = 0, maxDisk = 0, maxForks = 0, maxRestores = 0, maxOperator = 0;
    int maxReassign = 0, maxMinChanges = 0, maxBumps = 0, maxBlind = 0, maxUnclean = 0, maxLost = 0;
    int partitions = 1; // 2: two entries in one object (live=false)
    int rebuildReports = 2; // whole logs that must report before a lost object is rebuilt
    int initReplicas = 7, initIsr = 7; // sets as bits: A 1, B 2, C 4
    int cacheBack = 1; // a restart may begin from an image this many versions older than the last one seen
    int maxStates = 30_000_000;
    boolean fused = true; // fetch = send, answer, accept in one step; set false where in-flight responses matter
    boolean staleRequests = true; // fused: one delayed fetch request at a time may outlive a change of its sender
    boolean symmetry = false; // treat brokers as interchangeable (traces then rename them)
    boolean liveDown = false; // ... also while any one broker stays down, if a member of the ISR is up
    boolean live = true; // check that every state can heal
    // rules (true = proposed protocol)
    int minIsr = 2;
    boolean stopFetching = true; // candidate sends no fetch and takes no response from before its compare-and-set
    boolean candidateResumes = false; // a candidate whose compare-and-set has no answer may follow again
    boolean persistEpoch = true; // ... nor lower than the highest it has acted under, kept on disk
    boolean epochFileLost = false; // a machine crash may lose that number too
    boolean lateResponses = false; // fused: one response may stay under way while others are taken
    boolean dropInFlight = true; // a response counts only under the epoch the follower is in
    boolean fetchEpoch = true; // leader refuses a fetch of another epoch
    boolean maximalIsr = true; // a member being added counts from the moment the request is sent
    boolean forgetPending = false; // leader takes a timed-out request as failed
    boolean shrinkEarly = false; // leader counts the smaller ISR before the answer
    boolean truncateToHw = false;
    boolean refuseLowerEpoch = true; // a replica follows no epoch lower than the last one in its log
    boolean hwNeedsMinIsr = true;
    boolean expandNeedsEpochStart = true;
    boolean hwIsEnd = false; // new leader takes its log end as high watermark
    boolean leaderProcess = true; // only the process named in the object leads; a restarted one needs a new epoch
    boolean isrIncarnation = true; // ISR entries name the log incarnation
    boolean fetchIncarnation = true; // fetches carry it, and the leader counts only the one in the ISR
    boolean orderedIncarnations = true; // leader ignores an incarnation older than one it has seen; false: they are mere names
    boolean pendingIncarnation = true; // a member being added counts only under the incarnation that was sent
    boolean detectMachine = true, detectDisk = true; // a log that may have lost records gets a new incarnation
    boolean forkNewIncarnation = true; // a start that cannot prove the old process dead gets a new incarnation
    boolean forkEmpty = false, reclaim = false, leave = true;
    boolean elr = true;
    boolean electMinusLeader = true; // the elected one writes the ISR without the old leader
    boolean shrinkKeepsMin = false; // the leader removes no member if fewer than min.insync.replicas would remain
    boolean electKeepsMin = false; // ... but never below min.insync.replicas
    boolean splitObjects = false;
    // elections on behalf, one object for many entries
    boolean behalf = false; // any survivor elects any member of the ISR, knowing its process as it is or as it was
    boolean behalfShrink = false; // any survivor drops a follower from an ISR
    boolean behalfProcess = true; // ... and names that process; false: whichever process of that broker reads it
    boolean behalfWritesIncarnation = false; // ... and writes the incarnation it knows into the ISR
    boolean entryGuard = false; // the compare-and-set is on the entry's version, not on the object's
    boolean pendingByEntry = false; // a pending change is decided only when the entry changes, not when the object does
    // replicas, minimum, unclean election (true = proposed)
    boolean removalInOneWrite = true; // a replica leaves replicas and ISR in one write
    boolean removeKeepsMin = true; // ... and at least min members stay
    boolean removeMovesLeader = true; // ... and if it leads, the same write names another leader
    boolean addRaisesEpoch = true; // adding a replica raises the epoch
    boolean addNeedsReplica = true; // the leader adds and answers only replicas
    boolean logName = true; // a log created after a deletion has a new incarnation
    boolean deleteNeedsEpoch = true; // no deletion under an image older than seenEpoch
    boolean forgetRemoved = true; // the leader forgets what a removed replica said
    boolean minInEntry = true; // min.insync.replicas is part of the entry; false: each process hears of it at another time
    boolean divergenceCheck = true; // the leader compares the epoch before the fetch offset, not the offset alone
    boolean uncleanResetsIsr = true; // an unclean election leaves the elected alone in the ISR
    boolean rebuildFence = true; // a replica that reported acts under no old epoch any more
    boolean leadNeedsEpoch = true; // nor does a process lead an epoch below seenEpoch
    boolean rebuildJump = true; // the new object starts above any epoch that can ever have been stored
    boolean rebuildWhole = true; // a log under a new name that was not yet back in the ISR does not count
    boolean rebuildByImage = false; // the new leader is chosen by the ISR of the newest image reported, not by the log
    boolean copies = false; // check I6: acknowledged records stay on as many logs as promised
    boolean sync = false, leaderFlushCounts = true, flushBeforeFetch = true;
    boolean flushTail = true; // sync: nor does a fetch ever state an offset beyond what is flushed, whoever wrote it
    boolean acksOne = false, acksOneFlushed = false;

    void set(String kv) {
        String[] a = kv.split("=");
        try {
            var f = Rules.class.getDeclaredField(a[0]);
            if (f.getType() == int.class) f.setInt(this, Integer.parseInt(a[1]));
            else f.setBoolean(this, Boolean.parseBoolean(a[1]));
        } catch (ReflectiveOperationException e) {
            throw new IllegalArgumentException(kv, e);
        }
    }
}

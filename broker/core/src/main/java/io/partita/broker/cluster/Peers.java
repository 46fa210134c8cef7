package io.partita.broker.cluster;

import io.partita.broker.cluster.SeenCluster.SeenBroker;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.env.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Who is there. A broker is, as long as it is registered; a suspicion makes it count as gone for a while, after which its registration has run out or it was wrong. Being wrong costs an
 * election and nothing else. Owned by the store's loop.
 */
final class Peers {

    /** As long as a registration lives without its broker, and a little more. */
    static final long SUSPICION_MILLIS = Membership.TTL_MILLIS + 1_000;

    private final SeenCluster seen;
    private final Clock clock;
    private final int self;
    private final Map<Integer, Suspicion> suspicions = new HashMap<>();
    private final Map<Stake, Contest> contests = new HashMap<>();
    /** The same of places in in-sync sets, by the versions of states. */
    private final Map<Stake, Contest> drops = new HashMap<>();

    /** Somebody who was voted out and leads again is there for somebody: whether that is right is seen by then. */
    static final long CONTEST_PAUSE_MILLIS = 1_000;

    /** Of a process: another one of that broker is not suspected. */
    private record Suspicion(BrokerProcess process, long untilMillis) {}

    /** What a broker leads in a set. */
    private record Stake(String set, int broker) {}

    /** Leaderships up to an epoch are taken from a broker; later ones not before a time. */
    private record Contest(int epoch, long againMillis) {}

    Peers(SeenCluster seen, Clock clock, int self) {
        this.seen = seen;
        this.clock = clock;
        this.self = self;
    }

    /** Somebody cannot be reached; whether that is news. */
    boolean suspect(int broker) {
        BrokerProcess process = seen.process(broker);
        if (broker == self || process == null) {
            return false;
        }
        boolean isNews = !isSilent(broker);
        suspicions.put(broker, new Suspicion(process, clock.monotonicMillis() + SUSPICION_MILLIS));
        return isNews;
    }

    /** Somebody is heard of again; whether that is news. The first of whom this broker hears when it was cut off says nothing of the others, but each gets the time to be heard of, too. */
    boolean trust(int broker) {
        boolean isNews = isSilent(broker);
        if (isCutOff()) {
            suspicions.clear();
        } else {
            suspicions.remove(broker);
        }
        return isNews;
    }

    /** Whether a suspicion counts now, for elections. */
    boolean isSuspected(int broker) {
        return isSilent(broker) && !isCutOff();
    }

    private boolean isSilent(int broker) {
        Suspicion suspicion = suspicions.get(broker);
        return suspicion != null && suspicion.process.equals(seen.process(broker)) && clock.monotonicMillis() < suspicion.untilMillis;
    }

    /**
     * Whether none of the others, of whom there are several, can be reached. Then it is this broker that is cut off, most likely, and when it reaches the store again before it reaches them it must not
     * take from them what they lead. Where they are gone indeed, all at once, their registrations run out.
     */
    private boolean isCutOff() {
        int others = 0;
        for (SeenBroker other : seen.brokers()) {
            int id = other.object().broker().id();
            if (id != self) {
                others++;
                if (!isSilent(id)) {
                    return false;
                }
            }
        }
        return others > 1;
    }

    /**
     * Whether partitions of a set are to be led by others in place of a broker that is not there. A leadership that it got after it was voted out once comes from somebody who reaches it: two
     * that suspect each other would take it from one another as fast as the store answers. So it has that for a while.
     *
     * @param epoch the latest under which it leads one of them, -1 when it leads none
     */
    boolean mayReplace(String set, int broker, int epoch) {
        Stake stake = new Stake(set, broker);
        Contest contest = contests.get(stake);
        if (epoch < 0 || contest != null && epoch <= contest.epoch) {
            return true;
        }
        long now = clock.monotonicMillis();
        if (contest != null && now < contest.againMillis) {
            return false;
        }
        contests.put(stake, new Contest(epoch, now + CONTEST_PAUSE_MILLIS));
        return true;
    }

    /**
     * Whether a broker that is not there, and leads nothing in a set, is to be taken out of its in-sync sets. Who was taken out and is in again was taken in by a leader that reaches it: the two
     * would write in turn as fast as the store answers. So it stays in for a while.
     *
     * @param version the highest of those states of the set in whose in-sync sets it is
     */
    boolean mayDrop(String set, int broker, int version) {
        Stake stake = new Stake(set, broker);
        Contest contest = drops.get(stake);
        if (contest != null && version <= contest.epoch) {
            return true;
        }
        long now = clock.monotonicMillis();
        if (contest != null && now < contest.againMillis) {
            return false;
        }
        drops.put(stake, new Contest(version, now + CONTEST_PAUSE_MILLIS));
        return true;
    }

    /** Whether a broker is registered, and this one reaches it, as far as is known. That is what clients are told, and what a leader counts on. */
    boolean isReached(int broker) {
        return seen.broker(broker) != null && !isSilent(broker);
    }

    /** Whether a broker is there, as far as this one may say so: what elections go by. */
    boolean isThere(int broker) {
        return seen.broker(broker) != null && !isSuspected(broker);
    }

    /** The processes that can be elected, by broker. */
    Map<Integer, BrokerProcess> electable() {
        Map<Integer, BrokerProcess> electable = new TreeMap<>();
        for (SeenBroker broker : seen.brokers()) {
            BrokerObject object = broker.object();
            if (!object.isLeaving() && !isSuspected(object.broker().id())) {
                electable.put(object.broker().id(), object.process());
            }
        }
        return electable;
    }

    /** Whether a broker is registered as one whose disks lack space or fail. */
    boolean isHindered(int broker) {
        SeenBroker present = seen.broker(broker);
        return present != null && present.object().isHindered();
    }

    /**
     * Who of those that can be elected sees to a set before all others: the broker that it is named after, which changes it most, else one that everybody knows from the name.
     *
     * @return -1 when nobody can
     */
    static int firstFor(String set, Map<Integer, BrokerProcess> electable) {
        int dash = set.indexOf('-');
        for (int broker : electable.keySet()) {
            if (dash > 0 && set.substring(0, dash).equals(Integer.toString(broker))) {
                return broker;
            }
        }
        List<Integer> brokers = List.copyOf(electable.keySet());
        return brokers.isEmpty() ? -1 : brokers.get(Math.floorMod(set.hashCode(), brokers.size()));
    }
}

package io.partita.broker.cluster;

import io.partita.broker.cluster.SeenCluster.SeenBroker;
import io.partita.broker.cluster.SeenCluster.SeenTopic;
import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Moves;
import io.partita.broker.control.PartitionKey;
import io.partita.broker.control.PartitionSet;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.Spreading;
import io.partita.broker.control.Spreading.Wish;
import io.partita.broker.env.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves that nobody has asked for: what a broker held that is gone gets places on others, and one that is new gets its share of what the others have. Every broker watches; one of them, whom all
 * can name, begins the moves, a few at a time. From there on each is as one that somebody asked for: it can be listed, called back and sent elsewhere. Owned by the store's loop.
 */
final class SelfMoves {

    private static final Logger LOG = LoggerFactory.getLogger(SelfMoves.class);

    /** So many partitions may be on their way, by whomever, before another one is begun here. */
    static final int MOVING_MAX = 20;
    /** A new broker is given something once it has been there for so long. */
    private static final long SETTLED_MILLIS = 10_000;
    private static final int NAMED_IN_LOG_MAX = 10;
    /** Names nobody's set, so that whoever is to see to it is the same for all. */
    private static final String TURN = "moves";

    private final SeenCluster seen;
    private final SetWrites writes;
    private final Peers peers;
    private final int self;
    private final Clock clock;
    private final Settings settings;
    /** Since when brokers that hold something, or that this process has seen, have not been there. */
    private final Map<Integer, Long> goneSince = new HashMap<>();
    /** Brokers that this process has seen. */
    private final Set<Integer> known = new HashSet<>();
    /** Since when processes that began without anything have been there, and the share that they were to have then. */
    private final Map<BrokerProcess, Newcomer> newcomers = new HashMap<>();
    /** Brokers whose replicas were given to others, until they are back. */
    private final Set<Integer> given = new HashSet<>();
    private final Set<Integer> told = new HashSet<>();

    private record Newcomer(long sinceMillis, int share) {}

    /** What settings say. */
    interface Settings {

        /** Milliseconds for which a broker that is gone is waited for; below 0 for ever. */
        long replacementDelayMillis();

        /** Why a broker that is gone is not waited for, as the end of a sentence; {@code null} where nothing is known of it but that it is gone. */
        String lost(int broker);

        /** Whether new brokers get their share. */
        boolean isNewFilled();

        /** Whether a broker is to stay, so that it can be given something. */
        boolean isStaying(int broker);
    }

    SelfMoves(SeenCluster seen, SetWrites writes, Peers peers, int self, Clock clock, Settings settings) {
        this.seen = seen;
        this.writes = writes;
        this.peers = peers;
        this.self = self;
        this.clock = clock;
        this.settings = settings;
    }

    /** Watches, and begins what is to be begun. To be called every second or so. */
    void look() {
        Map<Integer, BrokerProcess> electable = peers.electable();
        Set<Integer> gone = watchGone();
        watchNew(electable);
        boolean isMine = Peers.firstFor(TURN, electable) == self;
        boolean canAllRead = seen.brokers().stream().allMatch(broker -> broker.object().level() >= BrokerObject.LEVEL_MOVES);
        boolean isAnybodyNew = settings.isNewFilled() && newcomers.values().stream().anyMatch(newcomer -> newcomer.share > 0);
        if (!isMine || !canAllRead || gone.isEmpty() && !isAnybodyNew) {
            return;
        }
        Spreading spreading = spreading(electable);
        int room = MOVING_MAX - spreading.moving();
        List<Wish> wishes = room <= 0 || gone.isEmpty() ? List.of() : insteadOf(gone, spreading, room);
        if (room > 0 && wishes.isEmpty() && isAnybodyNew) {
            wishes = ontoNew(electable, spreading, room);
        }
        begin(wishes);
    }

    private Spreading spreading(Map<Integer, BrokerProcess> electable) {
        Map<Integer, String> racks = new HashMap<>();
        electable.keySet().stream().filter(settings::isStaying).map(seen::broker).filter(broker -> !broker.object().isHindered())
                .forEach(broker -> racks.put(broker.object().broker().id(), broker.object().broker().rack()));
        return new Spreading(racks, electable.keySet(), seen.setNames().stream().map(name -> seen.set(name).set()).toList());
    }

    /**
     * The brokers that are not there and are waited for, in ascending order: what is made meanwhile counts on them. They hold something, or this process has seen them; those that have been
     * away for longer than {@code broker.replacement.delay.ms} are not among them.
     */
    List<Integer> awaited() {
        long now = clock.monotonicMillis();
        Set<Integer> awaited = new TreeSet<>(namedAway());
        known.stream().filter(broker -> seen.broker(broker) == null).forEach(awaited::add);
        awaited.removeIf(broker -> isGivenUp(broker, now));
        seen.brokers().stream().map(broker -> broker.object().broker().id()).filter(broker -> !peers.isThere(broker)).forEach(awaited::add);
        awaited.remove(self);
        return List.copyOf(awaited);
    }

    private boolean isGivenUp(int broker, long now) {
        long delay = settings.replacementDelayMillis();
        return delay >= 0 && (now - goneSince.getOrDefault(broker, now) >= delay || settings.lost(broker) != null);
    }

    /** Who is to hold something and is not registered. */
    private Set<Integer> namedAway() {
        Set<Integer> named = new HashSet<>();
        seen.setNames().forEach(name -> seen.set(name).set().states().values().forEach(state -> {
            for (int broker : Spreading.wished(state)) {
                if (seen.broker(broker) == null) {
                    named.add(broker);
                }
            }
        }));
        return named;
    }

    /** Notes who comes and goes; gives the brokers that hold something and are not waited for any longer. */
    private Set<Integer> watchGone() {
        long now = clock.monotonicMillis();
        Set<Integer> named = namedAway();
        known.removeIf(broker -> seen.broker(broker) == null && !named.contains(broker) && isGivenUp(broker, now));
        seen.brokers().forEach(broker -> known.add(broker.object().broker().id()));
        named.forEach(broker -> goneSince.putIfAbsent(broker, now));
        known.stream().filter(broker -> seen.broker(broker) == null).forEach(broker -> goneSince.putIfAbsent(broker, now));
        goneSince.keySet().removeIf(broker -> seen.broker(broker) == null && !named.contains(broker) && !known.contains(broker) && !given.contains(broker));
        Set<Integer> gone = new HashSet<>(named);
        gone.removeIf(broker -> !isGivenUp(broker, now));
        given.addAll(gone);
        told.retainAll(gone);
        return gone;
    }

    /** Notes who comes with nothing: one that is new, and one whose replicas were given to others while it was away. */
    private void watchNew(Map<Integer, BrokerProcess> electable) {
        long now = clock.monotonicMillis();
        Set<BrokerProcess> there = new HashSet<>();
        for (SeenBroker broker : seen.brokers()) {
            BrokerObject object = broker.object();
            int id = object.broker().id();
            there.add(object.process());
            boolean isBack = given.remove(id);
            if (isBack || object.isNew() && !newcomers.containsKey(object.process())) {
                // Where there was nothing when it came there is nothing to be shared.
                newcomers.put(object.process(), new Newcomer(now, spreading(electable).share()));
            }
            goneSince.remove(id);
        }
        newcomers.keySet().retainAll(there);
    }

    private List<Wish> insteadOf(Set<Integer> gone, Spreading spreading, int room) {
        List<Wish> wishes = spreading.insteadOf(gone, room);
        for (int broker : gone) {
            if (told.add(broker)) {
                String lost = settings.lost(broker);
                LOG.warn("Broker {} {}. {}", broker,
                        lost == null
                                ? "has been away for " + settings.replacementDelayMillis() / 1_000 + " s (broker.replacement.delay.ms)"
                                : "is away, and " + lost,
                        wishes.isEmpty()
                                ? "What it held cannot be put elsewhere: no other broker is there, or no leader that has it. It is waited for."
                                : "What it held is made anew on others.");
            }
        }
        if (!wishes.isEmpty()) {
            LOG.info("To other brokers than {}: {}", gone, names(wishes));
        }
        return wishes;
    }

    private List<Wish> ontoNew(Map<Integer, BrokerProcess> electable, Spreading spreading, int room) {
        List<Wish> wishes = new ArrayList<>();
        long now = clock.monotonicMillis();
        for (BrokerProcess process : electable.values()) {
            Newcomer newcomer = newcomers.get(process);
            if (newcomer == null || newcomer.share == 0 || !settings.isStaying(process.broker()) || now - newcomer.sinceMillis < SETTLED_MILLIS) {
                continue;
            }
            int share = Math.min(newcomer.share, spreading.share());
            List<Wish> ofOne = new ArrayList<>();
            while (wishes.size() + ofOne.size() < room) {
                Wish wish = spreading.onto(process.broker(), share);
                if (wish == null) {
                    boolean isDone = spreading.replicas(process.broker()) >= share;
                    newcomers.computeIfPresent(process, (same, was) -> isDone ? new Newcomer(was.sinceMillis, 0) : was);
                    break;
                }
                ofOne.add(wish);
            }
            if (!ofOne.isEmpty()) {
                wishes.addAll(ofOne);
                LOG.info("To broker {}, which came with nothing and is to have {} replicas (new.broker.rebalance.enable): {}", process.broker(), share,
                        names(ofOne));
            }
        }
        return wishes;
    }

    private String names(List<Wish> wishes) {
        List<String> names = new ArrayList<>();
        for (Wish wish : wishes) {
            SeenTopic topic = seen.topic(wish.partition().topicId());
            if (names.size() < NAMED_IN_LOG_MAX) {
                names.add((topic == null ? wish.partition().topicId() : topic.object().name()) + "-" + wish.partition().partition() + " from "
                        + wish.from().replicas() + " to " + wish.to());
            }
        }
        int more = wishes.size() - names.size();
        return String.join(", ", names) + (more > 0 ? " and " + more + " more" : "");
    }

    private void begin(List<Wish> wishes) {
        Map<String, List<Wish>> bySet = new TreeMap<>();
        for (Wish wish : wishes) {
            String set = seen.setOf(wish.partition());
            if (set != null && !seen.set(set).isDamaged() && !writes.isChanging(set)) {
                bySet.computeIfAbsent(set, none -> new ArrayList<>()).add(wish);
            }
        }
        bySet.forEach((set, here) -> writes.change(set, present -> begun(present, here)));
    }

    private static PartitionSet begun(PartitionSet set, List<Wish> wishes) {
        Map<PartitionKey, PartitionState> next = new HashMap<>();
        for (Wish wish : wishes) {
            PartitionState state = set.states().get(wish.partition());
            boolean isAsSeen = state != null && state.replicas().equals(wish.from().replicas())
                    && Objects.equals(state.reassignment(), wish.from().reassignment());
            if (isAsSeen) {
                next.put(wish.partition(), Moves.begin(state, wish.to()).nextOr(state));
            }
        }
        TreeMap<PartitionKey, PartitionState> states = new TreeMap<>(set.states());
        states.putAll(next);
        return new PartitionSet(states);
    }
}

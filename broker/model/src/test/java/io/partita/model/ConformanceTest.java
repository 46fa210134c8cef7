package io.partita.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.partita.broker.control.BrokerProcess;
import io.partita.broker.control.Decision;
import io.partita.broker.control.Decision.Granted;
import io.partita.broker.control.Elections;
import io.partita.broker.control.InSyncReplica;
import io.partita.broker.control.InSyncSets;
import io.partita.broker.control.PartitionState;
import io.partita.broker.control.Reassignments;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

/**
 * The rules that brokers use say what the model says, of every state of the object there can be with three brokers, two names for each log and process, and a
 * minimum of one or two: the same changes are granted, with the same result.
 */
class ConformanceTest {

    private static final int EPOCH = 2;
    private static final int MANY = 9;

    private final Rules rules = new Rules();
    private State state;
    private int object;
    private int compared;
    private int granted;

    ConformanceTest() {
        for (String setting : "elr=false electKeepsMin=true shrinkKeepsMin=true".split(" ")) {
            rules.set(setting);
        }
    }

    private static BrokerProcess process(int broker, int number) {
        return new BrokerProcess(broker, "p" + number);
    }

    private static PartitionState read(int object) {
        List<Integer> replicas = new ArrayList<>();
        List<InSyncReplica> isr = new ArrayList<>();
        for (int j = 0; j < 3; j++) {
            if ((State.reps(object) >> j & 1) != 0) {
                replicas.add(j);
            }
            if ((State.isr(object) >> j & 1) != 0) {
                isr.add(new InSyncReplica(j, "i" + State.inc(object, j)));
            }
        }
        BrokerProcess leader = State.leader(object) == State.NONE ? null : process(State.leader(object), State.lpn(object));
        return new PartitionState(replicas, leader, State.epoch(object), 0, isr, State.min(object), 0);
    }

    /** What counts of a state: the model has sets without order, other numbers for versions, and no unclean epoch in the object. */
    private static PartitionState comparable(PartitionState next) {
        return new PartitionState(next.replicas().stream().sorted().toList(), next.leader(), next.epoch(), 0,
                next.isr().stream().sorted(Comparator.comparingInt(InSyncReplica::broker)).toList(), next.minInSync(), 0);
    }

    private void compare(String action, BooleanSupplier model, Decision decision) {
        state = new State(rules);
        state.init();
        state.hist[0] = object;
        state.cfgMin = State.min(object);
        boolean modelGrants = model.getAsBoolean();
        String of = action + " of " + read(object) + " -> " + decision;
        assertEquals(modelGrants, decision instanceof Granted, of);
        if (decision instanceof Granted(PartitionState next)) {
            assertEquals(read(state.obj()), comparable(next), of);
            assertEquals(1, next.version(), of);
            granted++;
        }
        compared++;
    }

    /** A request of process p as its leader or candidate, and that it is stored at once. */
    private boolean stored(int p, BooleanSupplier asked) {
        return asked.getAsBoolean() && state.applyCas(p, MANY);
    }

    private void leads(int p, int follower, int followersIncarnation) {
        state.role[p] = State.LEADER;
        state.pn[p] = State.lpn(object);
        state.rem[p][follower] = 0;
        state.remInc[p][follower] = followersIncarnation;
    }

    private void follows(int p, int incarnation, int process) {
        state.role[p] = State.FOLLOWER;
        state.inc[p] = incarnation;
        state.pn[p] = process;
        state.seen[p] = EPOCH;
    }

    private void compareAll() {
        PartitionState stored = read(object);
        for (int j = 0; j < 3; j++) {
            int broker = j;
            compare("drop " + j + " on behalf", () -> state.behalfShrink(broker, State.min(object), MANY), InSyncSets.dropOnBehalf(stored, j));
            compare("add replica " + j, () -> state.addReplica(broker, MANY, MANY), Reassignments.addReplica(stored, j));
            for (int n = 0; n < 2; n++) {
                int name = n;
                compare("elect " + j + " on behalf, process " + n, () -> state.behalf(broker, name, State.min(object), MANY, MANY),
                        Elections.electOnBehalf(stored, process(j, n)));
                compare("lost entry of " + j + ", log now " + n, () -> {
                    follows(broker, name, 1);
                    return stored(broker, () -> state.leave(broker, MANY));
                }, InSyncSets.dropLost(stored, j, "i" + n));
                for (int i = 0; i < 2; i++) {
                    int incarnation = i;
                    compare(j + " stands for election, process " + n + ", log " + i, () -> {
                        follows(broker, incarnation, name);
                        return stored(broker, () -> state.elect(broker, MANY, MANY));
                    }, Elections.elect(stored, process(j, n), "i" + i, EPOCH));
                }
                if (stored.leader() != null && stored.leader().broker() != j) {
                    int leader = stored.leader().broker();
                    InSyncReplica member = stored.member(j);
                    compare("leader adds " + j + ", log " + n, () -> {
                        leads(leader, broker, name);
                        return stored(leader, () -> state.propose(leader, broker + 1, MANY));
                    }, InSyncSets.add(stored, stored.leader(), j, "i" + n));
                    compare("leader removes " + j + ", fetching as log " + n, () -> {
                        leads(leader, broker, name);
                        return stored(leader, () -> state.propose(leader, broker + 4, MANY));
                    }, InSyncSets.remove(stored, stored.leader(), j, member != null && !member.incarnation().equals("i" + n)));
                }
                if (!stored.isInSync(j)) {
                    compare("unclean election of " + j + ", log " + n, () -> {
                        follows(broker, name, 1);
                        return state.unclean(broker, MANY, MANY);
                    }, Elections.electUnclean(stored, process(j, 1), "i" + n, EPOCH));
                }
                for (int m = 0; m < 3; m++) {
                    boolean leads = stored.leader() != null && stored.leader().broker() == j;
                    int successor = m;
                    if (leads && m != j || !leads && m == 0 && n == 0) {
                        compare("remove replica " + j + ", successor " + m, () -> state.removeReplica(broker, successor, name, State.min(object), MANY, MANY),
                                Reassignments.removeReplica(stored, j, process(m, n)));
                    }
                }
            }
        }
        for (int min = 1; min < 3; min++) {
            int next = min;
            compare("set minimum " + min, () -> state.setMin(next, MANY), Reassignments.setMin(stored, min));
        }
    }

    @Test
    void theRulesInUseAreTheRulesThatWereChecked() {
        for (int replicas = 1; replicas < 8; replicas++) {
            for (int isr = 1; isr < 8; isr++) {
                if ((isr & ~replicas) != 0) {
                    continue;
                }
                for (int incarnations = 0; incarnations < 8; incarnations++) {
                    int incs = 0;
                    for (int j = 0; j < 3; j++) {
                        incs = State.withInc(incs, j, (isr & incarnations) >> j & 1);
                    }
                    for (int leader = 0; leader <= State.NONE; leader++) {
                        if (leader != State.NONE && (isr >> leader & 1) == 0) {
                            continue;
                        }
                        for (int min = 1; min <= Math.min(2, Integer.bitCount(replicas)); min++) {
                            object = State.ob(EPOCH, leader, leader == State.NONE ? 0 : 1, isr, 0, incs, 0) | State.rest(replicas, min);
                            compareAll();
                        }
                    }
                }
            }
        }
        assertTrue(compared > 10_000 && granted > 3_000, compared + " compared, " + granted + " granted");
    }
}

package io.partita.broker.control;

import static io.partita.broker.control.States.A;
import static io.partita.broker.control.States.B;
import static io.partita.broker.control.States.C;
import static io.partita.broker.control.States.LED;
import static io.partita.broker.control.States.LOG_A;
import static io.partita.broker.control.States.LOG_B;
import static io.partita.broker.control.States.LOG_C;
import static io.partita.broker.control.States.inSync;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PartitionSetTest {

    private static final UUID TOPIC = new UUID(1, 2);

    private static PartitionSet of(PartitionState... states) {
        PartitionSet set = PartitionSet.EMPTY;
        for (int i = 0; i < states.length; i++) {
            set = set.with(new PartitionKey(TOPIC, i), states[i]);
        }
        return set;
    }

    private static List<PartitionState> states(PartitionSet set) {
        return List.copyOf(set.states().values());
    }

    @Test
    void theDeathOfABrokerSpreadsItsPartitionsOverThoseInSyncAndAlive() {
        PartitionSet after = of(LED, LED, LED, LED).afterDeathOf(0, Map.of(1, B, 2, C));

        Map<BrokerProcess, Long> led = states(after).stream().collect(Collectors.groupingBy(PartitionState::leader, Collectors.counting()));
        assertEquals(Map.of(B, 2L, C, 2L), led);
        assertTrue(states(after).stream().allMatch(state -> state.epoch() == 6 && state.isr().equals(List.of(LOG_B, LOG_C))), after.toString());
    }

    @Test
    void whereTheDeadBrokerFollowedItLeavesTheInSyncSetIfThatMayBe() {
        PartitionState three = new PartitionState(LED.replicas(), B, 5, 9, LED.isr(), 2, 0);
        PartitionState two = new PartitionState(LED.replicas(), B, 5, 9, List.of(LOG_A, LOG_B), 2, 0);

        assertEquals(List.of(List.of(LOG_B, LOG_C), List.of(LOG_A, LOG_B)),
                states(of(three, two).afterDeathOf(0, Map.of(1, B, 2, C))).stream().map(PartitionState::isr).toList());
    }

    @Test
    void whatNobodyAliveMayLeadStaysAsItIs() {
        PartitionSet set = of(inSync(LOG_A), LED, PartitionState.placed(List.of(0), 1));

        assertEquals(set, set.afterDeathOf(0, Map.of()));
        assertEquals(inSync(LOG_A), states(set.afterDeathOf(0, Map.of(1, B))).getFirst());
    }

    @Test
    void aSetIsReadAsItWasWritten() {
        for (int seed = 0; seed < 500; seed++) {
            Random random = new Random(seed);
            PartitionSet set = PartitionSet.EMPTY;
            for (int i = random.nextInt(20); i > 0; i--) {
                set = set.with(new PartitionKey(new UUID(random.nextInt(3), 7), random.nextInt(30)), States.any(random));
            }
            assertEquals(new PartitionSetText.Reading.Whole(set), PartitionSetText.read(PartitionSetText.write(set)), "seed " + seed);
        }
    }

    @Test
    void linesAreForPeopleToRead() {
        assertEquals(List.of(
                "format 1", "topic 0 = 00000000-0000-0001-0000-000000000002", "process 0 = 0 a", "log 0 = 0 x", "log 1 = 1 y", "log 2 = 2 z",
                "0-0 replicas 0,1,2 leader 0 epoch 5 version 9 isr 0,1,2 min 2 unclean 0",
                "0-1 replicas 4 leader - epoch 0 version 0 isr - min 1 unclean 0"),
                PartitionSetText.write(of(LED, PartitionState.placed(List.of(4), 1))).subList(0, 8));
    }

    @Test
    void aSetIsOfTheNewerFormOnlyWhileSomethingInItMoves() {
        PartitionState moving = Moves.begin(LED, List.of(3, 1, 2)).nextOr(LED);
        List<String> lines = PartitionSetText.write(of(LED, moving));

        assertEquals("format 2", lines.getFirst());
        assertEquals("0-1 replicas 3,1,2,0 leader 0 epoch 6 version 12 isr 1,2,0 min 2 unclean 0 from 0,1,2 to 3,1,2", lines.get(7));
        PartitionState over = Moves.cancel(moving).nextOr(moving);
        for (int i = 0; over.reassignment() != null && i < 3; i++) {
            over = Moves.next(over, Map.of(0, A, 1, B, 2, C));
        }
        assertEquals("format 1", PartitionSetText.write(of(LED, over)).getFirst());
    }

    @Test
    void everythingThatIsEditedIsNoticedAndSaid() {
        List<String> lines = PartitionSetText.write(of(LED, LED));
        for (int seed = 0; seed < 2_000; seed++) {
            Random random = new Random(seed);
            List<String> edited = new ArrayList<>(lines);
            int at = random.nextInt(edited.size());
            String line = edited.get(at);
            switch (random.nextInt(4)) {
                case 0 -> edited.remove(at);
                case 1 -> edited.add(at, "0-7 replicas 0 leader - epoch 0 version 0 isr - min 1 unclean 0");
                case 2 -> edited.set(at, line.substring(0, random.nextInt(line.length())));
                default -> {
                    int position = random.nextInt(line.length());
                    edited.set(at, line.substring(0, position) + (line.charAt(position) == '1' ? '2' : '1') + line.substring(position + 1));
                }
            }
            boolean newer = edited.getFirst().matches("format 1.+|format 2.+");
            assertTrue(PartitionSetText.read(edited) instanceof PartitionSetText.Reading.Damaged || newer, "seed " + seed + ": " + edited);
        }
    }

    @Test
    void whatIsWholeByItsChecksumButMakesNoSenseIsDamagedToo() {
        for (String line : List.of(
                "0-2 replicas 0,0 leader - epoch 0 version 0 isr - min 1 unclean 0", "0-2 replicas 0 leader 9 epoch 1 version 0 isr 0 min 1 unclean 0",
                "0-2 replicas 1 leader - epoch 1 version 0 isr 0 min 1 unclean 0", "0-0 replicas 0 leader - epoch 0 version 0 isr - min 1 unclean 0",
                "0-2 replicas 0 leader - epoch 0 version 0 isr - min 1 unclean 0 from 0 to 1",
                "0-2 replicas 0 leader - epoch -1 version 0 isr - min 1 unclean 0", "0-2 replicas 0 leader - epoch 99999999999 version 0 isr - min 1 unclean 0",
                "nonsense", "", "topic 7 = 00000000-0000-0001-0000-000000000002", "topic 1 = x", "process 1 = 1", "log 3 = 1 a b")) {
            List<String> lines = new ArrayList<>(PartitionSetText.write(of(LED)));
            lines.set(lines.size() - 1, line);
            lines.add(PartitionSetText.checksum(lines));

            var damaged = assertInstanceOf(PartitionSetText.Reading.Damaged.class, PartitionSetText.read(lines), line);
            assertTrue(damaged.sentence().startsWith("line 8, '" + line + "': "), damaged.sentence());
        }
    }

    @Test
    void whatALaterReleaseWroteIsLeftAlone() {
        assertEquals(new PartitionSetText.Reading.Newer(3), PartitionSetText.read(List.of("format 3", "something else")));
        assertInstanceOf(PartitionSetText.Reading.Damaged.class, PartitionSetText.read(List.of()));
    }

    @Test
    void anEntryIsSmall() {
        PartitionState[] many = new PartitionState[250];
        java.util.Arrays.fill(many, LED);
        int bytes = PartitionSetText.write(of(many)).stream().mapToInt(line -> line.length() + 1).sum();

        assertTrue(bytes / many.length < 100, "bytes an entry: " + bytes / many.length);
    }
}

package io.partita.broker.group.streams;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Groups of any kind that change as groups do: what must hold of who is to have which task, in the end and on the way there. */
class TaskAssignorPropertyTest {

    private static final int SEEDS = 75;
    private static final int CHANGES = 20;

    /** An application whose instances come and go, by one assignment after the other. */
    private static final class Changing {
        private final Random random;
        private final Map<String, String> processes = new TreeMap<>();
        private Map<String, Tasks> assigned = Map.of();
        private int stateful;
        private int stateless;
        private int standbys;
        private int names;

        private Changing(long seed) {
            random = new Random(seed);
            stateful = random.nextInt(12);
            stateless = random.nextInt(9);
            standbys = random.nextInt(3);
        }

        private void change() {
            switch (random.nextInt(8)) {
                case 0 -> stateful += random.nextInt(4);
                case 1 -> standbys = random.nextInt(3);
                case 2, 3 -> {
                    if (!processes.isEmpty()) {
                        processes.remove(new ArrayList<>(processes.keySet()).get(random.nextInt(processes.size())));
                    }
                }
                default -> processes.put("m-" + random.nextInt(1_000) + "-" + ++names, "p-" + random.nextInt(4));
            }
        }

        private TreeSet<TaskId> stateful() {
            return tasks("0", stateful);
        }

        private TreeSet<TaskId> stateless() {
            return tasks("1", stateless);
        }

        private static TreeSet<TaskId> tasks(String subtopology, int count) {
            var tasks = new TreeSet<TaskId>();
            for (int i = 0; i < count; i++) {
                tasks.add(new TaskId(subtopology, i));
            }
            return tasks;
        }

        private Map<String, Tasks> assign() {
            var members = new ArrayList<TaskAssignor.Member>();
            processes.forEach((id, process) -> members.add(new TaskAssignor.Member(id, process, before(id), Set.of())));
            return TaskAssignor.assign(members, stateful(), stateless(), standbys);
        }

        private Tasks before(String memberId) {
            return assigned.getOrDefault(memberId, Tasks.NONE);
        }
    }

    private interface Check {
        void check(Changing group, Map<String, Tasks> now);
    }

    private static void always(Check check) {
        for (long seed = 1; seed <= SEEDS; seed++) {
            var group = new Changing(seed);
            for (int i = 0; i < CHANGES; i++) {
                group.change();
                Map<String, Tasks> now = group.assign();
                try {
                    check.check(group, now);
                } catch (AssertionError | RuntimeException e) {
                    throw new AssertionError("seed " + seed + ", change " + i + ": " + now, e);
                }
                group.assigned = now;
            }
        }
    }

    private static List<TaskId> active(Map<String, Tasks> assigned) {
        return assigned.values().stream().flatMap(tasks -> tasks.active().stream()).sorted().toList();
    }

    @Test
    void everyTaskIsWorkedOnByOneMember() {
        always((group, now) -> {
            if (group.processes.isEmpty()) {
                assertEquals(Map.of(), now);
            } else {
                var all = group.stateful();
                all.addAll(group.stateless());
                assertEquals(List.copyOf(all), active(now));
                assertEquals(group.processes.keySet(), now.keySet());
            }
        });
    }

    @Test
    void nobodyHasTwoTasksMoreThanAnotherNorTwoWithState() {
        always((group, now) -> {
            var loads = now.values().stream().map(tasks -> tasks.active().size()).toList();
            var withState = now.values().stream().map(tasks -> (int) tasks.active().stream().filter(group.stateful()::contains).count()).toList();
            assertTrue(spread(loads) <= 1 && spread(withState) <= 1);
        });
    }

    private static int spread(List<Integer> numbers) {
        return numbers.isEmpty() ? 0 : numbers.stream().max(Integer::compare).orElseThrow() - numbers.stream().min(Integer::compare).orElseThrow();
    }

    @Test
    void asManyTasksWithStateStayAsBalanceAllows() {
        always((group, now) -> {
            if (now.isEmpty()) {
                return;
            }
            int floor = group.stateful / now.size();
            int more = group.stateful % now.size();
            int canStay = 0;
            int over = 0;
            int stayed = 0;
            for (String id : now.keySet()) {
                var had = new HashSet<>(group.before(id).active());
                had.retainAll(group.stateful());
                canStay += Math.min(floor, had.size());
                over += had.size() > floor ? 1 : 0;
                had.retainAll(now.get(id).active());
                stayed += had.size();
            }
            assertEquals(canStay + Math.min(more, over), stayed);
        });
    }

    @Test
    void nothingMovesWhenNothingChanged() {
        always((group, now) -> {
            group.assigned = now;
            Map<String, Tasks> again = group.assign();
            assertEquals(active(now), active(again));
            now.forEach((id, tasks) -> assertEquals(tasks.active(), again.get(id).active()));
        });
    }

    @Test
    void copiesAreOnOtherProcessesAsManyAsThereCanBe() {
        always((group, now) -> {
            var processes = new HashMap<TaskId, List<String>>();
            now.forEach((id, tasks) -> tasks.forEach((role, task) -> processes.computeIfAbsent(task, key -> new ArrayList<>()).add(group.processes.get(id))));
            int there = Set.copyOf(group.processes.values()).size();
            for (TaskId task : group.stateful()) {
                List<String> at = processes.getOrDefault(task, List.of());
                assertEquals(at.size(), Set.copyOf(at).size(), "one process has " + task + " twice");
                assertEquals(Math.min(there, 1 + group.standbys), at.size(), "copies of " + task);
            }
            now.values().forEach(tasks -> assertTrue(tasks.warmup().isEmpty() && tasks.standby().stream().allMatch(group.stateful()::contains)));
        });
    }

    @Test
    void aLostTaskGoesToACopyOfItsState() {
        var both = List.of(new TaskAssignor.Member("a", "p-a", Tasks.NONE, Set.of()), new TaskAssignor.Member("b", "p-b", Tasks.NONE, Set.of()),
                new TaskAssignor.Member("c", "p-c", Tasks.NONE, Set.of()));
        var tasks = Changing.tasks("0", 3);
        Map<String, Tasks> before = TaskAssignor.assign(both, tasks, Set.of(), 1);
        TaskId lost = before.get("a").active().first();
        String copying = before.keySet().stream().filter(id -> before.get(id).standby().contains(lost)).findFirst().orElseThrow();

        var left = both.stream().filter(member -> !member.memberId().equals("a"))
                .map(member -> new TaskAssignor.Member(member.memberId(), member.processId(), before.get(member.memberId()), Set.of())).toList();

        assertTrue(TaskAssignor.assign(left, tasks, Set.of(), 1).get(copying).active().contains(lost));
    }

    // ---- on the way

    @Test
    void onTheWayEveryTaskIsWorkedOnByOneMemberAndNoProcessHasATaskTwice() {
        always((group, now) -> {
            var members = new ArrayList<WarmUps.Member>();
            group.processes.forEach((id, process) -> {
                var caughtUp = group.stateful().stream().filter(task -> group.random.nextInt(4) == 0).collect(Collectors.toSet());
                members.add(new WarmUps.Member(id, process, group.before(id), caughtUp));
            });
            int max = group.random.nextInt(4);
            Map<String, Tasks> goals = WarmUps.refine(members, now, group.stateful(), max);
            assertEquals(active(now), active(goals));
            int warmups = 0;
            var seen = new HashSet<String>();
            for (var goal : goals.entrySet()) {
                warmups += goal.getValue().warmup().size();
                goal.getValue().forEach((role, task) -> assertTrue(seen.add(group.processes.get(goal.getKey()) + " " + task), "twice: " + task));
            }
            assertTrue(warmups <= max, warmups + " warm-ups");
            // A task with state that somebody works on moves to whoever has the state, or not yet.
            for (WarmUps.Member member : members) {
                for (TaskId task : goals.get(member.memberId()).active()) {
                    if (max > 0 && group.stateful().contains(task) && !member.has().active().contains(task)) {
                        boolean worked = members.stream().anyMatch(other -> other.has().active().contains(task));
                        boolean ready = members.stream().filter(other -> other.processId().equals(member.processId()))
                                .anyMatch(other -> other.caughtUp().contains(task) || other.has().active().contains(task));
                        assertTrue(!worked || ready, task + " moved without its state");
                    }
                }
            }
        });
    }

    @Test
    void aTaskMovesWhenItsWarmUpHasCaughtUp() {
        var task = new TaskId("0", 0);
        var tasks = new TreeSet<>(Set.of(task));
        var end = Map.of("a", Tasks.NONE, "b", new Tasks(tasks, Set.of(), Set.of()));
        var worker = new WarmUps.Member("a", "p-a", new Tasks(tasks, Set.of(), Set.of()), Set.of());

        Map<String, Tasks> goals = WarmUps.refine(List.of(worker, new WarmUps.Member("b", "p-b", Tasks.NONE, Set.of())), end, tasks, 1);
        assertEquals(Map.of("a", new Tasks(tasks, Set.of(), Set.of()), "b", new Tasks(Set.of(), Set.of(), tasks)), goals);

        assertEquals(end, WarmUps.refine(List.of(worker, new WarmUps.Member("b", "p-b", goals.get("b"), Set.of(task))), end, tasks, 1));
    }
}

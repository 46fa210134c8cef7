package io.partita.broker.group.streams;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Says who is to work on which task in the end. Every member has as many tasks as every other, or one more, and as many with state, or one more; within that
 * as many as can be stay where they are. What must move goes to where its state is, if it can; else to whoever has least.
 *
 * <p>Copies (standby tasks) are on processes that have the task in no other way, and stay where they are while that is not more than a fair share.
 */
final class TaskAssignor {

    static final String NAME = "sticky";

    /**
     * @param processId members of one process share the state on its disk
     * @param before what the member was to have until now
     * @param onDisk tasks whose state it says it has
     */
    record Member(String memberId, String processId, Tasks before, Set<TaskId> onDisk) {}

    private final Map<String, Seat> seats = new TreeMap<>();
    private final Map<String, List<Seat>> processes = new TreeMap<>();
    /** Who had a task or a copy of its state before, on the same disk. */
    private final Map<TaskId, List<Seat>> havingState = new HashMap<>();
    private final Map<TaskId, Seat> activeBefore = new HashMap<>();
    private final Map<TaskId, List<Seat>> standbyBefore = new HashMap<>();
    private final Map<TaskId, Set<String>> processesOf = new HashMap<>();

    private TaskAssignor(Collection<Member> members) {
        for (Member member : members) {
            var seat = new Seat(member);
            seats.put(member.memberId(), seat);
            processes.computeIfAbsent(member.processId(), id -> new ArrayList<>()).add(seat);
        }
        for (Seat seat : seats.values()) {
            Tasks before = seat.member.before();
            before.active().forEach(task -> activeBefore.putIfAbsent(task, seat));
            before.standby().forEach(task -> standbyBefore.computeIfAbsent(task, id -> new ArrayList<>()).add(seat));
            before.forEach((role, task) -> havingState.computeIfAbsent(task, id -> new ArrayList<>()).add(seat));
            seat.member.onDisk().forEach(task -> havingState.computeIfAbsent(task, id -> new ArrayList<>()).add(seat));
        }
    }

    /**
     * @param stateful tasks that have state
     * @param stateless tasks that have none
     * @param standbys how many copies there are to be of each that has state
     * @return for each member what it is to have; there is no warm-up in it
     */
    static Map<String, Tasks> assign(Collection<Member> members, Collection<TaskId> stateful, Collection<TaskId> stateless, int standbys) {
        if (members.isEmpty()) {
            return Map.of();
        }
        var assignor = new TaskAssignor(members);
        assignor.place(new TreeSet<>(stateful), stateful.size());
        assignor.place(new TreeSet<>(stateless), stateful.size() + stateless.size());
        for (int i = 0; i < standbys; i++) {
            assignor.copy(new TreeSet<>(stateful), i + 1);
        }
        var result = new TreeMap<String, Tasks>();
        assignor.seats.forEach((id, seat) -> result.put(id, seat.tasks.build()));
        return result;
    }

    /** Places active tasks so that nobody has more than its share of {@code total}. */
    private void place(TreeSet<TaskId> tasks, int total) {
        int floor = total / seats.size();
        var more = new Extras(total % seats.size());
        SortedMap<String, List<TaskId>> stay = new TreeMap<>();
        for (TaskId task : tasks) {
            Seat before = activeBefore.get(task);
            if (before != null) {
                stay.computeIfAbsent(before.member.memberId(), id -> new ArrayList<>()).add(task);
            }
        }
        // Those that have a full share already count as such.
        seats.values().forEach(seat -> more.left -= Math.max(0, seat.load - floor));
        var open = new TreeSet<>(tasks);
        var over = new ArrayList<Seat>();
        stay.forEach((id, had) -> {
            Seat seat = seats.get(id);
            for (TaskId task : had) {
                if (seat.load < floor) {
                    seat.take(task);
                    open.remove(task);
                }
            }
            if (had.stream().anyMatch(open::contains) && seat.load == floor) {
                over.add(seat);
            }
        });
        for (Seat seat : over) {
            if (more.left > 0) {
                TaskId task = stay.get(seat.member.memberId()).stream().filter(open::contains).findFirst().orElseThrow();
                seat.take(task);
                open.remove(task);
                more.left--;
            }
        }
        // Where the state is, first; whoever goes where it is not must not take that place away.
        for (boolean withState : new boolean[] {true, false}) {
            for (TaskId task : List.copyOf(open)) {
                Seat seat = withState ? best(nearState(task), floor, more) : best(seats.values(), floor, more);
                if (seat != null) {
                    more.left -= seat.load >= floor ? 1 : 0;
                    seat.take(task);
                    open.remove(task);
                }
            }
        }
    }

    /** How many may still have one more than the others. */
    private static final class Extras {
        private int left;

        private Extras(int left) {
            this.left = left;
        }
    }

    /** All members of processes that have the state of a task, those that have it themselves first. */
    private Collection<Seat> nearState(TaskId task) {
        var near = new ArrayList<Seat>(havingState.getOrDefault(task, List.of()));
        for (Seat seat : List.copyOf(near)) {
            near.addAll(processes.get(seat.member.processId()));
        }
        return near;
    }

    /** The one with least of those that have room. Null when none has. */
    private static Seat best(Collection<Seat> candidates, int floor, Extras more) {
        Seat best = null;
        for (Seat seat : candidates) {
            if ((seat.load < floor || seat.load == floor && more.left > 0) && (best == null || seat.load < best.load)) {
                best = seat;
            }
        }
        return best;
    }

    /** Places the {@code round}th copy of each task, where there is a process that has the task in no way. */
    private void copy(TreeSet<TaskId> tasks, int round) {
        int share = (tasks.size() * round + seats.size() - 1) / seats.size();
        var open = new TreeSet<TaskId>();
        for (TaskId task : tasks) {
            Seat stays = standbyBefore.getOrDefault(task, List.of()).stream().filter(seat -> mayCopy(seat, task) && seat.copies < share).findFirst()
                    .orElse(null);
            if (stays == null) {
                open.add(task);
            } else {
                stays.copy(task);
            }
        }
        for (TaskId task : open) {
            Comparator<Seat> order = Comparator
                    .<Seat>comparingInt(seat -> seat.copies < share && havingState.getOrDefault(task, List.of()).contains(seat) ? 0 : 1)
                    .thenComparingInt(seat -> seat.copies)
                    .thenComparingInt(seat -> seat.load)
                    .thenComparing(seat -> seat.member.memberId());
            seats.values().stream().filter(seat -> mayCopy(seat, task)).min(order).ifPresent(seat -> seat.copy(task));
        }
    }

    private boolean mayCopy(Seat seat, TaskId task) {
        return !processesOf.getOrDefault(task, Set.of()).contains(seat.member.processId());
    }

    /** What a member is getting. */
    private final class Seat {
        private final Member member;
        private final Tasks.Builder tasks = new Tasks.Builder();
        /** Active tasks. */
        private int load;
        private int copies;

        private Seat(Member member) {
            this.member = member;
        }

        private void take(TaskId task) {
            tasks.add(TaskRole.ACTIVE, task);
            load++;
            processesOf.computeIfAbsent(task, id -> new HashSet<>()).add(member.processId());
        }

        private void copy(TaskId task) {
            tasks.add(TaskRole.STANDBY, task);
            copies++;
            processesOf.computeIfAbsent(task, id -> new HashSet<>()).add(member.processId());
        }
    }
}

package io.partita.broker.group.streams;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What members are to have on the way to what they are to have in the end: a task with state stays where it is worked on until the state is where it is to go,
 * which gets it meanwhile, as a warm-up task. A pure function.
 */
final class WarmUps {

    /**
     * @param has what the member has now
     * @param caughtUp tasks whose state it has, but for no more than is acceptable
     */
    record Member(String memberId, String processId, Tasks has, Set<TaskId> caughtUp) {}

    private final Map<String, Member> members = new TreeMap<>();
    private final Map<TaskId, Member> workers = new HashMap<>();
    /** By process. */
    private final Map<String, Set<TaskId>> caughtUp = new HashMap<>();
    private final Map<String, List<Member>> processes = new HashMap<>();

    private WarmUps(Iterable<Member> all) {
        for (Member member : all) {
            members.put(member.memberId(), member);
            member.has().active().forEach(task -> workers.put(task, member));
            caughtUp.computeIfAbsent(member.processId(), id -> new HashSet<>()).addAll(member.caughtUp());
            processes.computeIfAbsent(member.processId(), id -> new ArrayList<>()).add(member);
        }
    }

    /**
     * @param end what each member is to have in the end
     * @param stateful tasks that have state
     * @param max warm-up tasks that there may be at a time; 0 moves tasks at once
     * @return {@code end}, but for the tasks that wait
     */
    static Map<String, Tasks> refine(Iterable<Member> members, Map<String, Tasks> end, SortedSet<TaskId> stateful, int max) {
        return max == 0 ? end : new WarmUps(members).refine(end, stateful, max);
    }

    private Map<String, Tasks> refine(Map<String, Tasks> end, SortedSet<TaskId> stateful, int max) {
        var changed = new TreeMap<String, Tasks.Builder>();
        var waiting = new TreeSet<TaskId>();
        Map<TaskId, String> owners = new HashMap<>();
        end.forEach((memberId, tasks) -> {
            var builder = new Tasks.Builder();
            tasks.forEach(builder::add);
            changed.put(memberId, builder);
            for (TaskId task : tasks.active()) {
                owners.put(task, memberId);
                if (stateful.contains(task) && waits(task, memberId)) {
                    waiting.add(task);
                }
            }
        });
        if (waiting.isEmpty()) {
            return end;
        }
        int left = max;
        // Those that are on their way go on; then others, while there may be more.
        for (boolean begun : new boolean[] {true, false}) {
            for (TaskId task : waiting) {
                Member owner = members.get(owners.get(task));
                boolean warm = owner.has().warmup().contains(task);
                if (warm == begun && left > 0 && copying(task, owner).isEmpty()) {
                    of(changed, owner).add(TaskRole.WARMUP, task);
                    left--;
                }
            }
        }
        for (TaskId task : waiting) {
            Member owner = members.get(owners.get(task));
            Member worker = workers.get(task);
            of(changed, owner).remove(TaskRole.ACTIVE, task);
            // A process has a task in one way only.
            processes.get(worker.processId()).forEach(member -> of(changed, member).remove(TaskRole.STANDBY, task));
            of(changed, worker).add(TaskRole.ACTIVE, task);
            // A copy that is there is as good as one that is begun.
            copying(task, owner).ifPresent(member -> of(changed, member).add(TaskRole.STANDBY, task));
        }
        var refined = new TreeMap<String, Tasks>();
        changed.forEach((memberId, builder) -> refined.put(memberId, builder.build()));
        return refined;
    }

    private static Tasks.Builder of(Map<String, Tasks.Builder> tasks, Member member) {
        return tasks.computeIfAbsent(member.memberId(), id -> new Tasks.Builder());
    }

    private boolean waits(TaskId task, String ownerId) {
        Member worker = workers.get(task);
        Member owner = members.get(ownerId);
        if (worker == null || owner == null || worker.processId().equals(owner.processId())) {
            return false;
        }
        return !caughtUp.getOrDefault(owner.processId(), Set.of()).contains(task);
    }

    /** Who has a copy already where the task is to go. */
    private Optional<Member> copying(TaskId task, Member owner) {
        return processes.get(owner.processId()).stream().filter(member -> member.has().standby().contains(task)).findFirst();
    }
}

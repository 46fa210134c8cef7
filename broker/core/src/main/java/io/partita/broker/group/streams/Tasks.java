package io.partita.broker.group.streams;

import io.partita.broker.group.EpochMember;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;

/** The tasks of a member, by what it does with them. Immutable. */
public record Tasks(SortedSet<TaskId> active, SortedSet<TaskId> standby, SortedSet<TaskId> warmup) implements EpochMember.Assigned {

    public static final Tasks NONE = new Tasks(new TreeSet<>(), new TreeSet<>(), new TreeSet<>());

    public Tasks(Collection<TaskId> active, Collection<TaskId> standby, Collection<TaskId> warmup) {
        this(sorted(active), sorted(standby), sorted(warmup));
    }

    public Tasks {
        active = Collections.unmodifiableSortedSet(active);
        standby = Collections.unmodifiableSortedSet(standby);
        warmup = Collections.unmodifiableSortedSet(warmup);
    }

    private static SortedSet<TaskId> sorted(Collection<TaskId> tasks) {
        return new TreeSet<>(tasks);
    }

    SortedSet<TaskId> of(TaskRole role) {
        return switch (role) {
            case ACTIVE -> active;
            case STANDBY -> standby;
            case WARMUP -> warmup;
        };
    }

    void forEach(BiConsumer<TaskRole, TaskId> each) {
        for (TaskRole role : TaskRole.values()) {
            of(role).forEach(task -> each.accept(role, task));
        }
    }

    public boolean isEmpty() {
        return size() == 0;
    }

    @Override
    public int size() {
        return active.size() + standby.size() + warmup.size();
    }

    boolean contains(TaskRole role, TaskId task) {
        return of(role).contains(task);
    }

    boolean containsAll(Tasks others) {
        return active.containsAll(others.active) && standby.containsAll(others.standby) && warmup.containsAll(others.warmup);
    }

    Tasks filter(BiPredicate<TaskRole, TaskId> wanted) {
        var builder = new Builder();
        forEach((role, task) -> {
            if (wanted.test(role, task)) {
                builder.add(role, task);
            }
        });
        return builder.build();
    }

    Tasks and(Tasks others) {
        return filter(others::contains);
    }

    Tasks minus(Tasks others) {
        return filter((role, task) -> !others.contains(role, task));
    }

    Tasks plus(Tasks others) {
        var builder = new Builder();
        forEach(builder::add);
        others.forEach(builder::add);
        return builder.build();
    }

    /** Gathers tasks. */
    static final class Builder {
        private final SortedSet<TaskId> active = new TreeSet<>();
        private final SortedSet<TaskId> standby = new TreeSet<>();
        private final SortedSet<TaskId> warmup = new TreeSet<>();

        void add(TaskRole role, TaskId task) {
            of(role).add(task);
        }

        void remove(TaskRole role, TaskId task) {
            of(role).remove(task);
        }

        private SortedSet<TaskId> of(TaskRole role) {
            return switch (role) {
                case ACTIVE -> active;
                case STANDBY -> standby;
                case WARMUP -> warmup;
            };
        }

        Tasks build() {
            return new Tasks(new TreeSet<>(active), new TreeSet<>(standby), new TreeSet<>(warmup));
        }
    }
}

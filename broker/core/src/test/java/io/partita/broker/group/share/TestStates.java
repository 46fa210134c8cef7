package io.partita.broker.group.share;

import io.partita.broker.protocol.ErrorCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Delivery state in memory, which answers when it is told to. */
final class TestStates implements ShareStates {

    /** The last beginning of each place. */
    final Map<Place, From> begun = new HashMap<>();
    final Map<Place, Integer> epochs = new HashMap<>();
    final List<Place> ended = new ArrayList<>();
    /** What whoever asks is answered. */
    ErrorCode code = ErrorCode.NONE;
    /** Whether answers wait for {@link #answer}. */
    boolean waits;
    private final List<Runnable> waiting = new ArrayList<>();

    @Override
    public void begin(String groupId, int stateEpoch, List<Start> starts, Consumer<List<ErrorCode>> answer) {
        Runnable done = () -> {
            if (code == ErrorCode.NONE) {
                starts.forEach(start -> {
                    begun.put(start.place(), start.from());
                    epochs.put(start.place(), stateEpoch);
                });
            }
            ErrorCode given = code;
            answer.accept(starts.stream().map(start -> given).toList());
        };
        if (waits) {
            waiting.add(done);
        } else {
            done.run();
        }
    }

    void answer() {
        var due = List.copyOf(waiting);
        waiting.clear();
        due.forEach(Runnable::run);
    }

    @Override
    public void summary(String groupId, List<Place> places, Consumer<List<Summary>> answer) {
        answer.accept(places.stream().map(place -> new Summary(code, begun.get(place) instanceof From.Offset(long offset) ? offset : 7, 3, 2)).toList());
    }

    @Override
    public void end(String groupId, List<Place> places, Consumer<List<ErrorCode>> answer) {
        ended.addAll(places);
        places.forEach(begun::remove);
        answer.accept(places.stream().map(place -> code).toList());
    }
}

package io.partita.broker.etcd;

import io.partita.broker.cluster.ObjectStore.Event;
import io.partita.broker.cluster.ObjectStore.Watch;
import io.partita.broker.cluster.ObjectStore.Watcher;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** One watch: an answer of etcd that goes on, a line of JSON for each time that something has changed. */
final class EtcdWatch implements Watch, Flow.Subscriber<String> {

    private final Watcher watcher;
    private final EtcdKeys keys;
    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicReference<Flow.Subscription> subscription = new AtomicReference<>();

    EtcdWatch(Watcher watcher, EtcdKeys keys) {
        this.watcher = watcher;
        this.keys = keys;
    }

    @Override
    public void onSubscribe(Flow.Subscription begun) {
        subscription.set(begun);
        if (ended.get()) {
            begun.cancel();
        } else {
            begun.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(String line) {
        if (ended.get() || line.isBlank()) {
            return;
        }
        try {
            JsonObject message = new JsonObject(line);
            JsonObject result = message.getJsonObject("result");
            if (result == null) {
                over(false, "etcd has ended the watch: " + message.encode());
            } else if (Boolean.TRUE.equals(result.getBoolean("canceled"))) {
                boolean isCompacted = EtcdKeys.number(result, "compact_revision") > 0;
                over(isCompacted, "etcd has ended the watch: " + result.getString("cancel_reason", isCompacted ? "compacted" : "no reason given"));
            } else {
                List<Event> events = events(result.getJsonArray("events", new JsonArray()));
                if (!events.isEmpty()) {
                    watcher.changed(events);
                }
            }
        } catch (DecodeException | ClassCastException unreadable) {
            over(false, "etcd does not speak as it should: " + unreadable.getMessage());
        }
    }

    private List<Event> events(JsonArray array) {
        List<Event> events = new ArrayList<>();
        for (int i = 0; i < array.size(); i++) {
            JsonObject event = array.getJsonObject(i);
            JsonObject entry = event.getJsonObject("kv");
            boolean isDeleted = "DELETE".equals(event.getString("type"));
            events.add(new Event(keys.name(entry), EtcdKeys.number(entry, "mod_revision"), isDeleted ? null : EtcdKeys.text(entry)));
        }
        return events;
    }

    @Override
    public void onError(Throwable failure) {
        over(false, "the connection to etcd broke: " + failure);
    }

    @Override
    public void onComplete() {
        over(false, "etcd has closed the connection");
    }

    /** The watch is over; told once. */
    void over(boolean isGap, String reason) {
        if (ended.compareAndSet(false, true)) {
            cancel();
            watcher.ended(isGap, reason);
        }
    }

    @Override
    public void end() {
        ended.set(true);
        cancel();
    }

    private void cancel() {
        Flow.Subscription begun = subscription.get();
        if (begun != null) {
            begun.cancel();
        }
    }
}

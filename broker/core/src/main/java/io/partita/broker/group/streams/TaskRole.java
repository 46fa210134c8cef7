package io.partita.broker.group.streams;

/** What a member does with a task: the work itself; keep a copy of its state; get a copy before the work moves there. */
enum TaskRole {
    ACTIVE,
    STANDBY,
    WARMUP
}

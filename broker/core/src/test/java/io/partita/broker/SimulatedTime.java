package io.partita.broker;

import io.partita.broker.env.Clock;
import io.partita.broker.env.Entropy;

/** What a simulated process has in place of time and chance. */
record SimulatedTime(Clock clock, Entropy entropy) {}

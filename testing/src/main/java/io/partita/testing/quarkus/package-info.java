/** The embedded broker as a Quarkus test resource. The only place that needs Quarkus on the class path. */
package io.partita.testing.quarkus;

package io.partita.testing.quarkus;

import io.partita.testing.Storage;
import io.partita.testing.Topic;
import io.quarkus.test.common.WithTestResource;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Runs a broker beside the application of a {@code @QuarkusTest} and sets {@code kafka.bootstrap.servers} to it. Quarkus keeps application and
 * broker for test classes that ask for the same resources, and restarts both for those that ask for others.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@WithTestResource(PartitaResource.class)
public @interface WithPartita {

    /** Topics to be there before the application starts. Others come into being when a client first names them, as in Kafka. */
    Topic[] topics() default {};

    /** Settings of the broker under Kafka's names, each as {@code name=value}, for example {@code num.partitions=3}. */
    String[] settings() default {};

    Storage storage() default Storage.MEMORY;
}

package io.partita.testing;

import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** A topic to be there, empty, before the first test. */
@Target({})
@Retention(RetentionPolicy.RUNTIME)
public @interface Topic {

    String name();

    int partitions() default 1;

    /** Settings of the topic under Kafka's names, each as {@code name=value}, for example {@code cleanup.policy=compact}. */
    String[] configs() default {};
}

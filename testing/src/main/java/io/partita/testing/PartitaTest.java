package io.partita.testing;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Runs a broker in this process while the tests of a class run, and tells them where it is:
 *
 * <pre>{@code
 * @PartitaTest(topics = @Topic(name = "orders", partitions = 3))
 * class OrdersTest {
 *
 *     @BootstrapServers
 *     String bootstrapServers;
 *
 *     @Test
 *     void countsOrders(EmbeddedBroker broker) { ... }
 * }
 * }</pre>
 *
 * Fields and parameters (of tests, life cycle methods and constructors) get the address where they are a {@code String} marked with
 * {@link BootstrapServers}, and the broker itself where their type is {@link EmbeddedBroker}. The broker is there before {@code @BeforeAll}
 * methods and goes after {@code @AfterAll} ones. {@code @Nested} classes share their outer class's broker, unless they carry this annotation too.
 */
@Documented
@Inherited
@Target({ElementType.TYPE, ElementType.ANNOTATION_TYPE})
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(PartitaExtension.class)
public @interface PartitaTest {

    /** Topics to be there, empty, before the first test. Others come into being when a client first names them, as in Kafka. */
    Topic[] topics() default {};

    /**
     * How many brokers. With more than one they are a cluster in this process, which fields and parameters of the type {@link EmbeddedCluster} get; {@link BootstrapServers} names all
     * of them.
     */
    int brokers() default 1;

    /** Settings of the broker under Kafka's names, each as {@code name=value}, for example {@code num.partitions=3}. */
    String[] settings() default {};

    Storage storage() default Storage.MEMORY;

    Lifetime lifetime() default Lifetime.CLASS;
}

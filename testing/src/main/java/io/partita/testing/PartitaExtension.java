package io.partita.testing;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.junit.jupiter.api.extension.TestInstancePostProcessor;
import org.junit.platform.commons.support.AnnotationSupport;
import org.junit.platform.commons.support.HierarchyTraversalMode;
import org.junit.platform.commons.support.ReflectionSupport;

/**
 * Does what {@link PartitaTest} says. The broker of a class is kept in the class's store, a shared one in the run's; JUnit closes what it finds
 * there. Written against what JUnit 5 and 6 have in common.
 */
final class PartitaExtension implements BeforeAllCallback, TestInstancePostProcessor, ParameterResolver {

    private static final Namespace NAMESPACE = Namespace.create(PartitaExtension.class);

    /** What one shared broker must have in common with another to be the same. */
    private record SharedKey(int brokers, Storage storage, Map<String, String> settings) {}

    /** Closed by JUnit with the store it is in. */
    @SuppressWarnings("deprecation") // What came in its place is unknown to JUnit 5 before 5.13.
    private record Running(Embedded broker) implements ExtensionContext.Store.CloseableResource, AutoCloseable {
        @Override
        public void close() {
            broker.close();
        }
    }

    /** In a class's store, a broker that belongs to the run: JUnit would close the broker itself. */
    private record Borrowed(Embedded broker) {}

    @Override
    public void beforeAll(ExtensionContext context) {
        Class<?> testClass = context.getRequiredTestClass();
        Optional<PartitaTest> annotation = AnnotationSupport.findAnnotation(testClass, PartitaTest.class);
        // A nested class without the annotation finds its outer class's broker in that class's store.
        annotation.ifPresent(test -> provide(test, context));
        injectFields(testClass, null, context);
    }

    private static void provide(PartitaTest test, ExtensionContext context) {
        switch (test.lifetime()) {
            case CLASS -> {
                Running running = new Running(start(test.brokers(), test.storage(), Settings.parse(test.settings())));
                context.getStore(NAMESPACE).put(EmbeddedBroker.class, running);
                createTopics(test, running.broker());
            }
            case RUN -> {
                Running running = shared(test, context);
                context.getStore(NAMESPACE).put(EmbeddedBroker.class, new Borrowed(running.broker()));
                createTopics(test, running.broker());
            }
        }
    }

    @SuppressWarnings("deprecation") // What came in its place is unknown to JUnit 5.
    private static Running shared(PartitaTest test, ExtensionContext context) {
        SharedKey key = new SharedKey(test.brokers(), test.storage(), new TreeMap<>(Settings.parse(test.settings())));
        return context.getRoot()
                .getStore(NAMESPACE)
                .getOrComputeIfAbsent(key, wanted -> new Running(start(wanted.brokers(), wanted.storage(), wanted.settings())), Running.class);
    }

    private static Embedded start(int brokers, Storage storage, Map<String, String> settings) {
        return brokers == 1
                ? EmbeddedBroker.builder().storage(storage).settings(settings).start()
                : EmbeddedCluster.builder(brokers).storage(storage).settings(settings).start();
    }

    private static void createTopics(PartitaTest test, Embedded broker) {
        for (Topic topic : test.topics()) {
            broker.recreateTopic(topic.name(), topic.partitions(), Settings.parse(topic.configs()));
        }
    }

    @Override
    public void postProcessTestInstance(Object instance, ExtensionContext context) {
        injectFields(instance.getClass(), instance, context);
    }

    /** Sets the fields of {@code instance}, or the static ones when it is null. */
    private static void injectFields(Class<?> testClass, Object instance, ExtensionContext context) {
        for (Field field : ReflectionSupport.findFields(testClass, PartitaExtension::isInjected, HierarchyTraversalMode.TOP_DOWN)) {
            if (Modifier.isStatic(field.getModifiers()) == (instance == null)) {
                set(field, instance, value(field.getType(), broker(context)));
            }
        }
    }

    private static boolean isInjected(Field field) {
        boolean address = field.isAnnotationPresent(BootstrapServers.class);
        if (address && field.getType() != String.class) {
            throw new IllegalStateException("@BootstrapServers belongs on a String, not on " + field);
        }
        return (address || isEmbedded(field.getType())) && !Modifier.isFinal(field.getModifiers());
    }

    private static boolean isEmbedded(Class<?> type) {
        return type == EmbeddedBroker.class || type == EmbeddedCluster.class;
    }

    private static void set(Field field, Object instance, Object value) {
        try {
            field.setAccessible(true);
            field.set(instance, value);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException("Cannot set " + field, e);
        }
    }

    @Override
    public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
        Class<?> type = parameter.getParameter().getType();
        return isEmbedded(type) || type == String.class && parameter.isAnnotated(BootstrapServers.class);
    }

    @Override
    public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
        return value(parameter.getParameter().getType(), broker(context));
    }

    private static Object value(Class<?> type, Embedded broker) {
        if (type == String.class) {
            return broker.bootstrapServers();
        }
        if (!type.isInstance(broker)) {
            throw new IllegalStateException(type == EmbeddedCluster.class
                    ? "There is one broker, an EmbeddedBroker: write @PartitaTest(brokers = 3) for an EmbeddedCluster."
                    : "There are several brokers, an EmbeddedCluster: ask for that, or leave brokers out of @PartitaTest.");
        }
        return broker;
    }

    private static Embedded broker(ExtensionContext context) {
        return switch (context.getStore(NAMESPACE).get(EmbeddedBroker.class)) {
            case Running(Embedded broker) -> broker;
            case Borrowed(Embedded broker) -> broker;
            case null, default -> throw new IllegalStateException("There is no broker: put @PartitaTest on the test class.");
        };
    }
}

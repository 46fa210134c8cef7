package io.partita.spring;

import java.util.List;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.core.type.AnnotatedTypeMetadata;

/** The application names no broker, in any of the ways in which properties can be written. */
final class WithoutBootstrapServers extends SpringBootCondition {

    private static final String NAME = "spring.kafka.bootstrap-servers";

    @Override
    public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
        List<String> servers = Binder.get(context.getEnvironment()).bind(NAME, Bindable.listOf(String.class)).orElse(List.of());
        ConditionMessage.Builder message = ConditionMessage.forCondition("Partita");
        return servers.isEmpty() ? ConditionOutcome.match(message.because(NAME + " is not set")) : ConditionOutcome.noMatch(message.because(NAME + " is set"));
    }
}

package io.partita.crds;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.kubernetes.api.model.Condition;
import java.util.ArrayList;
import java.util.List;

/** State of a user, for people and applications. Only the operator writes it. */
@JsonInclude(JsonInclude.Include.NON_NULL)
@JsonIgnoreProperties(ignoreUnknown = true)
public class UserStatus {

    /** Type of the condition that says whether the user can log in. */
    public static final String READY = "Ready";

    @JsonPropertyDescription("Generation of the spec this status is about.")
    public Long observedGeneration;

    @JsonPropertyDescription("The user as Kafka's tools and access rules name it, for example User:alice.")
    public String principal;

    @JsonPropertyDescription("Name of the Secret with what the user logs in by: password, and sasl.jaas.config for Java clients.")
    public String secret;

    @JsonPropertyDescription("Ready: the user is as the spec wants it. The message says what to do if not.")
    public List<Condition> conditions = new ArrayList<>();
}

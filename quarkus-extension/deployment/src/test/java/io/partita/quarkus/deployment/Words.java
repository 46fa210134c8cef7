package io.partita.quarkus.deployment;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.apache.kafka.clients.admin.Admin;
import org.eclipse.microprofile.config.inject.ConfigProperty;
import org.eclipse.microprofile.reactive.messaging.Channel;
import org.eclipse.microprofile.reactive.messaging.Emitter;
import org.eclipse.microprofile.reactive.messaging.Incoming;

/** An application of one outgoing and one incoming channel, as {@link #SETTINGS} bind them to one topic. */
@Path("/words")
@ApplicationScoped
public class Words {

    static final String SETTINGS = """
            mp.messaging.outgoing.out.connector=smallrye-kafka
            mp.messaging.outgoing.out.topic=words
            mp.messaging.incoming.in.connector=smallrye-kafka
            mp.messaging.incoming.in.topic=words
            mp.messaging.incoming.in.auto.offset.reset=earliest
            mp.messaging.incoming.in.commit-strategy=ignore
            quarkus.compose.devservices.enabled=false
            quarkus.kafka.devservices.topic-partitions.words=3
            """;

    @Inject
    @Channel("out")
    Emitter<String> out;

    @ConfigProperty(name = "kafka.bootstrap.servers")
    String bootstrapServers;

    @ConfigProperty(name = "partita.console.url")
    String console;

    private final List<String> received = new CopyOnWriteArrayList<>();

    @Incoming("in")
    void received(String word) {
        received.add(word);
    }

    @POST
    public void send(String word) {
        out.send(word).toCompletableFuture().join();
    }

    @GET
    public String received() {
        return "received " + String.join(" ", received);
    }

    @GET
    @Path("/broker")
    public String broker() {
        return bootstrapServers;
    }

    @GET
    @Path("/console")
    public String console() {
        return console;
    }

    @GET
    @Path("/partitions/{topic}")
    public int partitions(String topic) throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServers))) {
            return admin.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size();
        }
    }
}

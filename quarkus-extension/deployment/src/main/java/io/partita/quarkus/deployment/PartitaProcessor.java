package io.partita.quarkus.deployment;

import io.partita.cli.client.ClientSettings;
import io.partita.cli.client.Cluster;
import io.partita.cli.client.MissingTopics;
import io.quarkus.deployment.IsDevServicesSupportedByLaunchMode;
import io.quarkus.deployment.IsLocalDevelopment;
import io.quarkus.deployment.annotations.BuildProducer;
import io.quarkus.deployment.annotations.BuildStep;
import io.quarkus.deployment.builditem.DevServicesRegistryBuildItem;
import io.quarkus.deployment.builditem.DevServicesResultBuildItem;
import io.quarkus.deployment.builditem.FeatureBuildItem;
import io.quarkus.deployment.dev.devservices.DevServicesConfig;
import io.quarkus.devservices.crossclassloader.runtime.RunningService;
import io.quarkus.devui.spi.page.CardPageBuildItem;
import io.quarkus.devui.spi.page.Page;
import io.quarkus.runtime.configuration.ConfigUtils;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.config.ConfigProvider;
import org.jboss.logging.Logger;

/** The build steps: a broker for whoever needs one and has none. */
class PartitaProcessor {

    static final String FEATURE = "partita";
    private static final String BOOTSTRAP = "kafka.bootstrap.servers";
    private static final String CONSOLE = "partita.console.url";

    private static final Logger LOG = Logger.getLogger(PartitaProcessor.class);

    @BuildStep
    FeatureBuildItem feature() {
        return new FeatureBuildItem(FEATURE);
    }

    @BuildStep(onlyIf = {IsDevServicesSupportedByLaunchMode.class, DevServicesConfig.Enabled.class})
    DevServicesResultBuildItem broker(PartitaBuildTimeConfig config, DevServicesRegistryBuildItem running, BuildProducer<ConsoleBuildItem> console) {
        ChannelTopics channels = new ChannelTopics(ConfigProvider.getConfig());
        if (!config.devservices().enabled() || ConfigUtils.isPropertyNonEmpty(BOOTSTRAP) || channels.allHaveBrokers()) {
            return null;
        }
        BrokerPlan plan = new BrokerPlan(config.devservices().port().orElse(0), Map.copyOf(config.devservices().settings()));
        Map<String, Integer> topics = channels.topics(config.devservices().topicPartitions());
        RunningService before = running.getRunningServices(FEATURE, null, plan);
        if (before != null) {
            // The application was changed, perhaps its channels too.
            makeTopics(before.configs().get(BOOTSTRAP), topics);
        }
        int consolePort = before == null ? freePort() : URI.create(before.configs().get(CONSOLE)).getPort();
        console.produce(new ConsoleBuildItem("http://localhost:" + consolePort));
        return DevServicesResultBuildItem.<BrokerService>owned()
                .feature(FEATURE)
                .description("A Kafka broker in this process")
                .serviceConfig(plan)
                .startable(() -> new BrokerService(plan, consolePort))
                .postStartHook(service -> {
                    makeTopics(service.getConnectionInfo(), topics);
                    LOG.infof("A Kafka broker listens on %s, in this process; its console is at %s.", service.getConnectionInfo(), service.consoleAddress());
                })
                .configProvider(Map.of(BOOTSTRAP, BrokerService::getConnectionInfo, CONSOLE, BrokerService::consoleAddress))
                .build();
    }

    private static void makeTopics(String bootstrap, Map<String, Integer> topics) {
        try (Cluster cluster = new Cluster(new ClientSettings(Map.of(ClientSettings.BOOTSTRAP, bootstrap)))) {
            List<String> made = new MissingTopics(cluster).make(topics);
            if (!made.isEmpty()) {
                LOG.infof("Made the topics %s.", String.join(", ", made));
            }
        }
    }

    /** Its page in the Dev UI is made before the broker is started, so the port is chosen here. */
    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @BuildStep(onlyIf = IsLocalDevelopment.class)
    CardPageBuildItem card(PartitaBuildTimeConfig config, Optional<ConsoleBuildItem> console) {
        CardPageBuildItem card = new CardPageBuildItem();
        // It forbids to be framed, as it should.
        console.ifPresent(
                there -> card.addPage(Page.externalPageBuilder("Console").icon("font-awesome-solid:table-columns").url(there.address()).doNotEmbed()));
        card.addBuildTimeData("topics", new ChannelTopics(ConfigProvider.getConfig()).topics(config.devservices().topicPartitions()).entrySet().stream()
                .map(topic -> Map.of("name", topic.getKey(), "partitions", topic.getValue()))
                .toList());
        card.addPage(Page.tableDataPageBuilder("Topics made for channels").icon("font-awesome-solid:list").showColumn("name").showColumn("partitions")
                .buildTimeDataKey("topics"));
        return card;
    }
}

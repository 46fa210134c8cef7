package com.example.orders;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.partita.spring.PartitaBroker;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.kafka.clients.admin.NewTopic;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Bean;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.kafka.core.KafkaTemplate;

/** An application with Spring for Apache Kafka, as somebody would write it: nothing in it says where Kafka is. */
@SpringBootTest(properties = {"spring.kafka.consumer.auto-offset-reset=earliest", "spring.kafka.consumer.group-id=totals"})
class ApplicationTest {

    @SpringBootApplication
    static class Application {

        final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

        @Bean
        NewTopic orders() {
            return TopicBuilder.name("orders").partitions(3).build();
        }

        @KafkaListener(topics = "orders")
        void listen(String order) {
            heard.add(order);
        }
    }

    @Autowired
    KafkaTemplate<String, String> template;

    @Autowired
    Application application;

    @Autowired
    PartitaBroker broker;

    @Test
    void whatIsSentIsHeard() throws Exception {
        for (String order : List.of("tea", "milk", "sugar")) {
            template.send("orders", "42", order).get();
        }
        assertEquals(List.of("tea", "milk", "sugar"), List.of(application.heard.take(), application.heard.take(), application.heard.take()));
        assertEquals(3, broker.broker().broker().image().topic("orders").partitions().size());
    }
}

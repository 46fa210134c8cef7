/** A broker in the process of a Spring Boot application: {@link io.partita.spring.PartitaAutoConfiguration} says when, {@link io.partita.spring.PartitaBroker} is it. */
package io.partita.spring;

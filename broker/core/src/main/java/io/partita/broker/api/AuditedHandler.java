package io.partita.broker.api;

import io.partita.broker.env.EventLoop;
import io.partita.broker.protocol.ApiKey;
import io.partita.broker.protocol.Message;
import io.partita.broker.quota.ClientBudget;
import io.partita.broker.security.Access;
import io.partita.broker.security.Audit;

/** Writes down what a request administered, when it is answered: a line for each thing that it was about. */
final class AuditedHandler<Q extends Message> implements Handler<Q> {

    private final Handler<Q> handler;
    private final Audit audit;

    AuditedHandler(Handler<Q> handler, Audit audit) {
        this.handler = handler;
        this.audit = audit;
    }

    @Override
    public void handle(RequestContext context, Q request) {
        handler.handle(new Audited(context, request), request);
    }

    private final class Audited implements RequestContext {

        private final RequestContext context;
        private final Message request;

        Audited(RequestContext context, Message request) {
            this.context = context;
            this.request = request;
        }

        @Override
        public void respond(Message response) {
            Audit.Who who = Permission.who(context);
            for (AdministrativeActs.Act act : AdministrativeActs.of(request, response)) {
                audit.administered(who, context.apiKey().title(), act.what(), act.outcome().name());
            }
            context.respond(response);
        }

        @Override
        public ApiKey apiKey() {
            return context.apiKey();
        }

        @Override
        public short version() {
            return context.version();
        }

        @Override
        public String clientId() {
            return context.clientId();
        }

        @Override
        public ClientInfo client() {
            return context.client();
        }

        @Override
        public Access access() {
            return context.access();
        }

        @Override
        public ClientBudget budget() {
            return context.budget();
        }

        @Override
        public EventLoop eventLoop() {
            return context.eventLoop();
        }

        @Override
        public void respondNothing() {
            context.respondNothing();
        }

        @Override
        public void onNextRequest(Runnable task) {
            context.onNextRequest(task);
        }

        @Override
        public void onClose(Runnable task) {
            context.onClose(task);
        }

        @Override
        public void onCrowded(Runnable task) {
            context.onCrowded(task);
        }

        @Override
        public void disconnect(String reason) {
            context.disconnect(reason);
        }
    }
}

"""Cases for confluent-kafka-python 1.7, one per call: confluent.py BOOTSTRAP CASE PREFIX. Fails with a traceback."""
import sys
import threading
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import RESOURCE_TOPIC, AdminClient, ConfigResource, NewPartitions, NewTopic

BOOTSTRAP, CASE, PREFIX = sys.argv[1:4]
TOPIC = PREFIX + '-' + CASE.replace(':', '-')
LIMIT = 60
ADMIN = AdminClient({'bootstrap.servers': BOOTSTRAP})


def await_(what, condition):
    end = time.time() + LIMIT
    while not condition():
        assert time.time() < end, 'waited in vain until ' + what
        time.sleep(0.02)


def create(partitions=1, **configs):
    for future in ADMIN.create_topics([NewTopic(TOPIC, partitions, 1, config=configs)]).values():
        future.result(LIMIT)


def failure(future):
    try:
        future.result(LIMIT)
    except KafkaException as e:
        return e.args[0].code()
    return None


def produce(records, **options):
    reports = []
    producer = Producer({'bootstrap.servers': BOOTSTRAP, **options})
    for record in records:
        producer.produce(TOPIC, callback=lambda error, message: reports.append((error, message)), **record)
        producer.poll(0)
    assert producer.flush(LIMIT) == 0
    return reports


def read(count, partition=0):
    consumer = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': TOPIC + '-read'})
    consumer.assign([TopicPartition(TOPIC, partition, OFFSET_BEGINNING)])
    records, end = [], time.time() + LIMIT
    while len(records) < count:
        assert time.time() < end, f'{len(records)} of {count} records'
        message = consumer.poll(0.2)
        if message is not None:
            assert message.error() is None, message.error()
            records.append(message)
    consumer.close()
    return records


def codec(name):
    create()
    sent = [b'value %d of a text that compresses well' % i for i in range(2000)]
    reports = produce(({'key': b'key', 'value': value} for value in sent), **{'compression.type': name, 'linger.ms': 20})
    assert [error for error, _ in reports if error] == []
    assert sorted(message.offset() for _, message in reports) == list(range(2000))
    assert [r.value() for r in read(2000)] == sent


def idempotent():
    create(3)
    reports = produce(({'key': b'key%d' % i, 'value': b'%d' % i} for i in range(3000)), **{'enable.idempotence': True})
    assert len([1 for error, _ in reports if error is None]) == 3000
    values = []
    for partition in range(3):
        end = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': TOPIC}).get_watermark_offsets(TopicPartition(TOPIC, partition), LIMIT)[1]
        values += [r.value() for r in read(end, partition)]
    assert len(values) == len(set(values)) == 3000


def idempotent_on_a_topic_made_anew():
    create()
    errors, delivered = [], []
    producer = Producer({'bootstrap.servers': BOOTSTRAP, 'enable.idempotence': True, 'error_cb': errors.append, 'message.timeout.ms': LIMIT * 1000})
    for round_ in range(3):
        for i in range(50):
            producer.produce(TOPIC, value=b'%d' % i, on_delivery=lambda error, message: delivered.append(error))
            producer.poll(0)
        assert producer.flush(LIMIT) == 0
        ADMIN.delete_topics([TOPIC], operation_timeout=LIMIT)[TOPIC].result(LIMIT)
        await_('the name is free', lambda: TOPIC not in ADMIN.list_topics(timeout=LIMIT).topics)
        create()
    assert delivered == [None] * 150, delivered
    assert not [error for error in errors if error.fatal()], errors


def record_fields():
    create()
    produce([{'key': b'k', 'value': b'v', 'headers': [('h', b'\x00\xff'), ('none', None)], 'timestamp': 1700000000123}, {'key': b'tombstone'}])
    first, second = read(2)
    assert (first.key(), first.value(), first.timestamp()) == (b'k', b'v', (1, 1700000000123))
    assert first.headers() == [('h', b'\x00\xff'), ('none', None)], first.headers()
    assert (second.key(), second.value()) == (b'tombstone', None)


def too_large():
    create(**{'max.message.bytes': '10000'})
    reports = produce([{'value': b'x' * 20000}])
    assert reports[0][0].code() == KafkaError.MSG_SIZE_TOO_LARGE, reports[0][0]


def auto_created():
    reports = produce([{'value': b'first'}])
    assert reports[0][0] is None, reports[0][0]
    assert len(ADMIN.list_topics(TOPIC, LIMIT).topics[TOPIC].partitions) == 1
    assert read(1)[0].value() == b'first'


def offsets():
    create()
    produce({'value': b'%d' % i, 'timestamp': 10000 + i * 100} for i in range(10))
    consumer = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': TOPIC})
    assert consumer.get_watermark_offsets(TopicPartition(TOPIC, 0), LIMIT) == (0, 10)
    assert consumer.offsets_for_times([TopicPartition(TOPIC, 0, 10250)], LIMIT)[0].offset == 3
    consumer.commit(offsets=[TopicPartition(TOPIC, 0, 4)], asynchronous=False)
    assert consumer.committed([TopicPartition(TOPIC, 0)], LIMIT)[0].offset == 4


def group(strategy):
    """Two members share a topic; when one leaves, the other takes over."""
    create(4)
    members, values, stop = {}, [], {}

    def member(name):
        stop[name] = threading.Event()
        consumer = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': TOPIC, 'auto.offset.reset': 'earliest',
                             'partition.assignment.strategy': strategy})
        consumer.subscribe([TOPIC])
        while not stop[name].is_set():
            message = consumer.poll(0.1)
            if message is not None and message.error() is None:
                values.append(message.value())
            members[name] = {p.partition for p in consumer.assignment()}
        consumer.close()
        members[name] = set()

    threads = {name: threading.Thread(target=member, args=(name,), daemon=True) for name in ('one', 'two')}
    threads['one'].start()
    await_('one has all', lambda: len(members.get('one', ())) == 4)
    threads['two'].start()
    await_('both have half', lambda: [len(members.get(n, ())) for n in ('one', 'two')] == [2, 2])
    assert not members['one'] & members['two']
    produce({'key': b'%d' % i, 'value': b'%d' % i} for i in range(100))
    await_('all is read', lambda: len(values) >= 100)
    assert len(set(values)) == 100
    stop['two'].set()
    threads['two'].join(LIMIT)
    await_('one has all again', lambda: len(members['one']) == 4)
    stop['one'].set()
    threads['one'].join(LIMIT)


def static_member():
    """A static member that restarts keeps its member's place: the group does not rebalance."""
    create(2)

    def joined():
        consumer = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': TOPIC, 'group.instance.id': 'only', 'auto.offset.reset': 'earliest'})
        consumer.subscribe([TOPIC])
        end = time.time() + LIMIT
        while len(consumer.assignment()) < 2:
            consumer.poll(0.1)
            assert time.time() < end
        return consumer
    joined().close()
    joined().close()
    group, = ADMIN.list_groups(TOPIC, LIMIT)
    assert (group.state, len(group.members)) == ('Stable', 1), (group.state, group.members)


def transactions():
    create(2)

    def producer():
        made = Producer({'bootstrap.servers': BOOTSTRAP, 'transactional.id': TOPIC})
        made.init_transactions(LIMIT)
        return made
    first = producer()
    for i in range(12):
        first.begin_transaction()
        for partition in (0, 1):
            first.produce(TOPIC, value=str(i), partition=partition)
        if i % 3 == 1:
            first.flush(LIMIT)
            first.abort_transaction(LIMIT)
        else:
            first.commit_transaction(LIMIT)
    expected = [str(i) for i in range(12) if i % 3 != 1]
    consumer = Consumer({'bootstrap.servers': BOOTSTRAP, 'group.id': TOPIC, 'isolation.level': 'read_committed', 'auto.offset.reset': 'earliest',
                         'enable.auto.commit': False})
    consumer.subscribe([TOPIC])
    values, end = {0: [], 1: []}, time.time() + LIMIT
    while min(len(of) for of in values.values()) < len(expected):
        assert time.time() < end, values
        message = consumer.poll(0.2)
        if message is not None:
            assert message.error() is None, message.error()
            values[message.partition()].append(message.value().decode())
    assert values == {0: expected, 1: expected}, values
    # Offsets within a transaction, as a member of the group.
    for commit in (False, True):
        first.begin_transaction()
        first.produce(TOPIC, value='processed', partition=0)
        first.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), LIMIT)
        first.commit_transaction(LIMIT) if commit else first.abort_transaction(LIMIT)
        committed = [p.offset for p in consumer.committed([TopicPartition(TOPIC, 0), TopicPartition(TOPIC, 1)], LIMIT)]
        assert all(offset > 0 for offset in committed) if commit else all(offset < 0 for offset in committed), committed
    consumer.close()
    # A second producer of the same id fences the first.
    first.begin_transaction()
    first.produce(TOPIC, value='of the first', partition=1)
    first.flush(LIMIT)
    second = producer()
    second.begin_transaction()
    second.produce(TOPIC, value='of the second', partition=1)
    second.commit_transaction(LIMIT)
    try:
        first.commit_transaction(LIMIT)
        raise AssertionError('a fenced producer commits')
    except KafkaException as e:
        assert e.args[0].code() in (KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH), e.args[0]


def admin():
    create(2, **{'retention.ms': '1000000'})
    assert failure(ADMIN.create_topics([NewTopic(TOPIC, 2, 1)])[TOPIC]) == KafkaError.TOPIC_ALREADY_EXISTS
    assert failure(ADMIN.create_topics([NewTopic('not valid', 2, 1)])['not valid']) == KafkaError.TOPIC_EXCEPTION
    assert failure(ADMIN.create_topics([NewTopic(TOPIC + 'x', 1, 3)])[TOPIC + 'x']) == KafkaError.INVALID_REPLICATION_FACTOR
    metadata = ADMIN.list_topics(timeout=LIMIT)
    assert metadata.controller_id in metadata.brokers
    assert metadata.topics[TOPIC].partitions[0].leader == metadata.controller_id
    ADMIN.create_partitions([NewPartitions(TOPIC, 3)])[TOPIC].result(LIMIT)
    await_('it has grown', lambda: len(ADMIN.list_topics(TOPIC, LIMIT).topics[TOPIC].partitions) == 3)
    resource = ConfigResource(RESOURCE_TOPIC, TOPIC)
    configs = ADMIN.describe_configs([resource])[resource].result(LIMIT)
    assert configs['retention.ms'].value == '1000000'
    assert not configs['retention.ms'].is_default and configs['segment.bytes'].is_default
    ADMIN.alter_configs([ConfigResource(RESOURCE_TOPIC, TOPIC, set_config={'segment.bytes': '2097152'})])[resource].result(LIMIT)
    await_('the setting is seen', lambda: ADMIN.describe_configs([resource])[resource].result(LIMIT)['segment.bytes'].value == '2097152')
    ADMIN.delete_topics([TOPIC])[TOPIC].result(LIMIT)
    await_('it is gone', lambda: TOPIC not in ADMIN.list_topics(timeout=LIMIT).topics)
    assert failure(ADMIN.delete_topics([TOPIC])[TOPIC]) == KafkaError.UNKNOWN_TOPIC_OR_PART


name, _, argument = CASE.partition(':')
globals()[name](*[argument] if argument else [])

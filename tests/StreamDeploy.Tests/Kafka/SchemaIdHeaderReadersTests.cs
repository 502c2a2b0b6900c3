using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;
using DeploymentRow = StreamDeploy.Connectors.ClickHouse.DeploymentRow;

namespace StreamDeploy.Tests.Kafka;

/// <summary>Every reader of records finds the schema that a header names.</summary>
public sealed class SchemaIdHeaderReadersTests
{
    [Fact]
    public async Task The_worker_joins_them_and_sends_those_with_a_wrong_header_to_dead_letters()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var topics = world.Settings.Topics;
        await SendAsync(world, topics.Deployments, Some.Deployment("d1", world.Start));
        var wrong = await SendAsync(world, topics.Deployments, Some.Deployment("d2", world.Start), header: [1, 2, 3]);
        await SendAsync(world, topics.Alerts, Some.Alert("a1", world.Start + Some.Minute));
        using var answers = world.Answers();
        await using (var worker = world.Run())
        {
            Assert.Equal("d1", Assert.Single(answers.ReadFirst("a1").Suspects).DeploymentId);
            await worker.StopAsync();
        }

        using var letters = world.Tail(topics.DeadLetters);
        var letter = Assert.Single(letters.Read(1));
        Assert.Equal("NOT_AVRO", TopicTail.Header(letter, DeadLetters.ReasonHeader));
        Assert.StartsWith("the header __value_schema_id has 3 bytes", TopicTail.Header(letter, DeadLetters.ErrorHeader), StringComparison.Ordinal);
        Assert.Equal($"{wrong.Offset.Value}", TopicTail.Header(letter, DeadLetters.OffsetHeader));
        Assert.Equal([1, 2, 3], letter.Message.Headers.GetLastBytes(WireFormat.SchemaIdHeader));

        // The next worker rebuilds its state from them.
        await using var next = world.Run();
        await SendAsync(world, topics.Alerts, Some.Alert("a2", world.Start + 2 * Some.Minute));
        Assert.Equal("d1", Assert.Single(answers.ReadFirst("a2").Suspects).DeploymentId);
    }

    [Fact]
    public async Task The_live_view_the_tables_and_what_reads_the_log_again_read_them()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var topics = world.Settings.Topics;
        await SendAsync(world, topics.Deployments, Some.Deployment("d1", world.Start));
        await SendAsync(world, topics.Alerts, Some.Alert("a1", world.Start + Some.Minute));
        await SendAsync(world, topics.Teams, new Team { AccountId = "acme", Id = 7, Name = "Payments" }, key: "acme/7");
        await SendAsync(world, topics.DeploymentPipelines, Some.Pipeline(1, "acme", 7), key: "acme/1");

        using (var log = RetainedLog.Open(world.Settings, NullLoggerFactory.Instance))
        {
            var events = new List<string>();
            log.ReadEvents("acme", new JoinSettings(), 0, (d, _) => events.Add(d.DeploymentId), (a, _) => events.Add(a.AlertId), CancellationToken.None);
            var tables = new List<TableChange>();
            log.ReadTables(tables.Add, CancellationToken.None);
            Assert.Equal(["d1", "a1"], events);
            Assert.Equal([1L, 7L], tables.Where(change => change.Value is not null).Select(change => change.Id).Order());
        }

        var seen = new System.Collections.Concurrent.ConcurrentQueue<TailRecord>();
        await using (var tail = await EventTail.StartAsync(world.Settings, 0, seen.Enqueue, NullLoggerFactory.Instance, CancellationToken.None))
            await tail.CaughtUp.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(["a1", "d1"], seen.Select(record => record.Value is Deployment d ? d.DeploymentId : ((Alert)record.Value).AlertId).Order());

        var partitions = TableReader.TopicsOf(topics).SelectMany(t => Enumerable.Range(0, Connectors.Embedded.EmbeddedKafka.PartitionsPerTopic).Select(p => new TopicPartition(t, p)));
        using var reader = new TableReader(new KafkaClients(world.Settings, NullLoggerFactory.Instance).OpenConsumer(), topics, world.Codec, partitions, TimeProvider.System, world.Log);
        await Eventually.True(() => reader.CatchUp(TimeSpan.Zero), "the tables are read");
        Assert.Equal(1, reader.Records);
        Assert.DoesNotContain(world.Log.Lines, line => line.Contains("is no table entry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_history_gets_their_rows()
    {
        await using var world = await EmbeddedWorld.StartAsync();
        var topics = world.Settings.Topics;
        await SendAsync(world, topics.Deployments, Some.Deployment("d1", world.Start));
        using var tail = world.Tail(topics.Deployments);
        var record = new ConsumedRecord(tail.Read(1)[0], assignment: 1);

        var rows = await HistoryTopic.All(topics, world.Codec).Single(topic => topic.Name == topics.Deployments).RowsOfAsync(record, CancellationToken.None);

        Assert.Equal("d1", Assert.IsType<DeploymentRow>(Assert.Single(Assert.Single(rows))).DeploymentId);
    }

    [Fact]
    public void Headers_count_as_memory_that_waiting_records_take()
    {
        var queue = new RecordQueue();
        queue.Add(Record(null));
        var without = queue.Bytes;
        queue.Add(Record(new Headers { { WireFormat.SchemaIdHeader, new byte[1000] }, { "empty", null } }));
        Assert.InRange(queue.Bytes, 2 * without + 1000, 2 * without + 1400);
        queue.Remove();
        queue.Remove();
        Assert.Equal(0, queue.Bytes);

        static PolledRecord Record(Headers? headers) => new()
        {
            Topic = "t",
            Partition = 0,
            Offset = 0,
            TimestampMs = 0,
            HasKey = false,
            Key = default,
            HasValue = true,
            Value = "value"u8,
            Headers = headers,
        };
    }

    /// <summary>Writes the record as bare Avro; the header names its schema by GUID unless told.</summary>
    private static async Task<TopicPartitionOffset> SendAsync<T>(EmbeddedWorld world, string topic, T record, byte[]? header = null, string key = "acme")
    {
        byte[] value = await world.Encode(topic, record);
        header ??= await GuidHeaderAsync(world, topic);
        return await world.SendRaw(topic, EmbeddedWorld.PartitionOf("acme"), value[WireFormat.HeaderLength..], key, headers: new Headers { { WireFormat.SchemaIdHeader, header } });
    }

    private static async Task<byte[]> GuidHeaderAsync(EmbeddedWorld world, string topic)
    {
        using var http = new HttpClient();
        var answer = System.Text.Json.Nodes.JsonNode.Parse(await http.GetStringAsync($"{world.Settings.Registry.Url}/subjects/{Subjects.Of(topic)}/versions/latest"))!;
        return [1, .. answer["guid"]!.GetValue<Guid>().ToByteArray(bigEndian: true)];
    }
}

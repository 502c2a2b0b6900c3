using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;
using StreamDeploy.Tests.Kafka;
using StreamDeploy.Tests.Webhooks;
using Xunit.Abstractions;

namespace StreamDeploy.IntegrationTests.Kafka;

/// <summary>Many senders at once while a broker dies or hangs and comes back: what was answered 202 is in the topic, once, and nothing is refused without saying so.</summary>
[Collection(RealServers.Collection)]
public sealed class IngestUnderFireTests(RealServers servers, ITestOutputHelper output)
{
    private const int Clients = 64;
    private const string Last = "this is the last event";

    /// <summary>More, such as 50000, where a person measures.</summary>
    private static readonly int Events = int.TryParse(Environment.GetEnvironmentVariable("STREAMDEPLOY_TEST_INGEST_EVENTS"), out var events) ? events : 4000;

    [RealServersFact(RealKafka.Variable)]
    public async Task Every_202_is_in_the_topic_through_the_death_of_the_broker()
    {
        using var kafka = new RealKafka();

        var statuses = await SendThroughAsync(kafka, replicas: 1, kafka.Kill, kafka.Up);

        Assert.Contains(503, statuses);
    }

    [RealServersFact(RealKafka.Variable)]
    public async Task Every_202_is_in_the_topic_while_the_broker_hangs()
    {
        using var kafka = new RealKafka();

        await SendThroughAsync(kafka, replicas: 1, kafka.Pause, kafka.Resume);
    }

    [RealServersFact(RealKafka.Variable)]
    public async Task Every_202_is_in_the_topic_with_one_broker_of_three_dead()
    {
        using var kafka = new RealKafka(3, "min.insync.replicas=2");

        await SendThroughAsync(kafka, replicas: 3, kafka.Kill, kafka.Up);
    }

    /// <returns>The statuses of all answers.</returns>
    private async Task<HashSet<int>> SendThroughAsync(RealKafka kafka, short replicas, Action<int> harm, Action<int> mend)
    {
        var settings = servers.Settings() with { BootstrapServers = kafka.BootstrapServers, DeliveryTimeout = TimeSpan.FromSeconds(3) };
        await TopicSetup.CreateAsync(settings, new() { Partitions = 4, ReplicationFactor = replicas }, NullLoggerFactory.Instance, CancellationToken.None);
        await using (var publisher = EventProducer.Open(settings, NullLoggerFactory.Instance))
            await CatalogPublisher.PublishAsync(IngestWorld.SomeCatalog, publisher, CancellationToken.None);
        await using var producer = EventProducer.Open(settings, NullLoggerFactory.Instance);
        var limits = new IngestSettings { ListenAddress = IPAddress.Loopback, Port = 0, RequestsPerKeyMax = 10_000_000, RequestsPerAddressMax = 10_000_000 };
        await using var ingest = await Ingest.StartAsync(limits, settings, IngestWorld.SomeCatalog, producer, NullLoggerFactory.Instance);

        var answers = new ConcurrentDictionary<string, (int Status, string? Code, bool RetryAfter)>();
        var next = 0;
        var killer = Task.Run(async () =>
        {
            while (Volatile.Read(ref next) < Events / 3)
                await Task.Delay(5);
            harm(1);
            await Task.Delay(TimeSpan.FromSeconds(4));
            mend(1);
        });
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(SendAsync)));
        await killer;

        var accepted = answers.Where(answer => answer.Value.Status == 202).Select(answer => answer.Key).ToHashSet();
        output.WriteLine($"{Events} events: {string.Join(", ", answers.Values.GroupBy(answer => (answer.Status, answer.Code)).Select(group => $"{group.Count()} x {group.Key}"))}");
        Assert.Equal(Events, answers.Count);
        Assert.All(answers.Values.Where(answer => answer.Status != 202), answer => Assert.Equal((503, "UNAVAILABLE", true), answer));
        await SendLastAsync();
        var written = await WrittenAsync(settings);
        Assert.Empty(accepted.Except(written.Keys));
        // What is under way when a leader dies may be sent again under a new producer epoch where others of its batch have timed out: the join counts it once, by its event id.
        var doubled = written.Where(each => each.Value > 1).ToList();
        output.WriteLine($"{doubled.Count} twice: {string.Join(", ", doubled.Select(each => $"{each.Key} {each.Value} x, answered {answers[each.Key].Status}"))}");
        Assert.All(doubled, each => Assert.Equal(2, each.Value));
        Assert.True(doubled.Count <= Clients && (doubled.Count == 0 || accepted.Count < Events), $"{doubled.Count} events are there twice");
        Assert.Empty(written.Keys.Except(answers.Keys));
        return [.. answers.Values.Select(answer => answer.Status)];

        HttpClient Client() => new()
        {
            BaseAddress = ingest.Address,
            Timeout = TimeSpan.FromSeconds(60),
            DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", IngestWorld.PipelineKey) },
        };

        // Without a restart, and as soon as the brokers are there again.
        async Task SendLastAsync()
        {
            using var http = Client();
            var waited = Stopwatch.StartNew();
            while ((await http.PostAsJsonAsync("/api/deployment-events", new { summary = "last", eventId = Last })).StatusCode != HttpStatusCode.Accepted)
                Assert.True(waited.Elapsed < TimeSpan.FromSeconds(60), $"no event was taken in {waited.Elapsed}");
        }

        async Task SendAsync()
        {
            using var http = Client();
            for (var i = Interlocked.Increment(ref next); i <= Events; i = Interlocked.Increment(ref next))
            {
                using var answer = await http.PostAsJsonAsync("/api/deployment-events", new { summary = "deploy", eventId = "e" + i, timestamp = DateTimeOffset.UtcNow });
                var body = await answer.Content.ReadAsStringAsync();
                var code = body.Length > 0 ? JsonDocument.Parse(body).RootElement.GetProperty("code").GetString() : null;
                answers["e" + i] = ((int)answer.StatusCode, code, answer.Headers.RetryAfter is not null);
            }
        }
    }

    private static async Task<Dictionary<string, int>> WrittenAsync(KafkaSettings settings)
    {
        using var registry = new SchemaRegistryClient(settings.Registry);
        var decoder = new RecordDecoder<Deployment>(registry);
        using var topic = new TopicTail(settings.BootstrapServers, settings.Topics.Deployments, 4);
        var written = new Dictionary<string, int>();
        var raw = topic.ReadUntil(read => read.Count > 0 && Encoding.UTF8.GetString(read[^1].Message.Value!).Contains(Last, StringComparison.Ordinal), "the last event");
        foreach (var record in raw)
        {
            var id = (await decoder.DecodeAsync(record.Message.Value, CancellationToken.None)).EventId;
            written[id] = written.GetValueOrDefault(id) + 1;
        }

        written.Remove(Last);
        return written;
    }
}

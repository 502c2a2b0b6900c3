using System.Net;
using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Monitoring;
using StreamDeploy.Connectors.Webhooks;
using StreamDeploy.Schemas;
using static StreamDeploy.Tests.Webhooks.IngestWorld;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>What an account can see of deliveries that were not taken.</summary>
[Collection(IngestTestGroup.Name)]
public sealed class DeliveriesTests(IngestBroker broker)
{
    private static readonly IngestSettings AtNoon = new() { Clock = new ManualClock() };

    private static readonly Dictionary<string, string> NoNewTopics = new() { ["producer.allow.auto.create.topics"] = "false" };

    private static byte[] Push => Encoding.UTF8.GetBytes(SomeWebhook.Push().ToJsonString());

    [Fact]
    public async Task A_push_to_a_branch_outside_the_filters_is_filtered_and_the_filter_is_named()
    {
        await using var world = await StartAsync(broker, AtNoon);

        var answer = await world.PostGitHubAsync("push", Encoding.UTF8.GetBytes(SomeWebhook.Push().With("ref", "\"refs/heads/feature/x\"").ToJsonString()));

        Assert.Equal((HttpStatusCode.OK, "BRANCH_NOT_WANTED"), (answer.Status, answer.Code));
        var expected = new Delivery
        {
            AccountId = "acme",
            PipelineId = 3,
            OccurredAtMs = Some.Noon,
            Outcome = DeliveryOutcome.FILTERED,
            Status = 200,
            Code = "BRANCH_NOT_WANTED",
            Message = "feature/x is not in the pipeline's branch filters (main, master)",
            Event = "push",
            DeliveryId = "delivery-1",
            Address = "127.0.0.1",
        };
        Assert.Equal(("acme", expected), Assert.Single(await KeyedAsync(world, 1)));
        Assert.Contains(expected.Message, answer.Body.Replace("\\u0027", "'", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_refused_is_there_with_the_reason_and_nothing_secret()
    {
        await using var world = await StartAsync(broker, AtNoon with { WebhookBodyBytesMax = 10_000 });
        (string, string) wrongSignature = ("X-Hub-Signature-256", Sign(Push, "not the secret"));
        (string, string) wrongToken = ("X-Gitlab-Token", "not the token");

        await world.PostGitHubAsync("push", Push, SignedKey, wrongSignature);
        await world.PostAsync(GitLabRoute(GitLabKey), "{}", ("X-Gitlab-Event", "Push Hook"), ("Idempotency-Key", "lab-1"), wrongToken);
        await world.PostGitHubAsync("push", "{\"ref\": secret-in-the-body"u8.ToArray());
        await world.PostAsync(GenericRoute, """{"summary":""}""", ("Authorization", "Bearer " + PipelineKey));
        await world.PostGitHubAsync("push", new byte[10_001]);
        await world.PostAsync(CdEventsRoute(UnsignedCdEventsKey), SomeCdEvents.Structured(new System.Text.Json.Nodes.JsonObject(), "dev.cdevents.service.deployed").ToJsonString(), ("Content-Type", SomeCdEvents.OneType));
        await world.PostAsync(GenericRoute, """{"summary":"x"}""", ("Authorization", "Bearer " + SendKey));

        var deliveries = await ReadAsync(world, 7);
        Assert.Equal(
            [
                "2//REFUSED/401/INVALID_SIGNATURE//push/delivery-1",
                "6//REFUSED/401/INVALID_SIGNATURE//Push Hook/lab-1",
                "3//REFUSED/400/INVALID_JSON//push/delivery-1",
                "1//REFUSED/400/MISSING_FIELD/summary//",
                "3//REFUSED/413/TOO_LARGE//push/delivery-1",
                "11//REFUSED/400/MISSING_FIELD/data.subject/dev.cdevents.service.deployed.0.2.0/",
                "//REFUSED/400/MISSING_FIELD/pipelineId//",
            ],
            deliveries.Select(d => $"{d.PipelineId}/{d.AlertSourceId}/{d.Outcome}/{d.Status}/{d.Code}/{d.Field}/{d.Event}/{d.DeliveryId}"));
        Assert.Equal("X-Hub-Signature-256 is missing or does not match", deliveries[0].Message);
        foreach (var secret in new[] { SignedKey, GitLabKey, UnsignedKey, PipelineKey, SendKey, UnsignedCdEventsKey, wrongSignature.Item2[7..], wrongToken.Item2, "secret-in-the-body" })
            Assert.DoesNotContain(deliveries, delivery => delivery.ToString().Contains(secret, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_group_of_which_some_was_refused_says_so_and_one_of_which_none_was_is_not_there()
    {
        await using var world = await StartAsync(broker, AtNoon);
        var odd = SomeAlertmanager.Firing().With("status", "\"odd\"");

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostAsync(AlertmanagerRoute(AlertmanagerKey), SomeAlertmanager.Group().ToJsonString())).Status);
        await world.PostAsync(AlertmanagerRoute(AlertmanagerKey), SomeAlertmanager.Group(odd, SomeAlertmanager.Firing(), SomeAlertmanager.Firing().With("status", "\"odd\"")).ToJsonString());
        await world.PostAsync(AlertmanagerRoute(AlertmanagerKey), SomeAlertmanager.Group().With("alerts", "[]").ToJsonString());

        var deliveries = await ReadAsync(world, 2);
        Assert.Equal(["/8/REFUSED/202/INVALID_FIELD", "/8/FILTERED/200/NO_ALERTS"], deliveries.Select(d => $"{d.PipelineId}/{d.AlertSourceId}/{d.Outcome}/{d.Status}/{d.Code}"));
        Assert.Equal(("2 events refused, the first: alerts[0].status must be firing or resolved", "alerts[0].status"), (deliveries[0].Message, deliveries[0].Field));
    }

    [Fact]
    public async Task What_was_taken_what_nobody_sent_and_what_is_no_delivery_leave_nothing()
    {
        await using var world = await StartAsync(broker, AtNoon);

        Assert.Equal(HttpStatusCode.Accepted, (await world.PostGitHubAsync("push", Push)).Status);
        Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.PostGitHubAsync("push", Push, "nobody-has-this-key")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await world.PostEventAsync("nobody-has-this-key")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await world.PostAsync("/api/teams", "{}", ("Authorization", "Bearer " + AdminKey))).Status);
        using (var asked = await world.Http.SendAsync(new HttpRequestMessage(HttpMethod.Options, CdEventsRoute(UnsignedCdEventsKey))))
            Assert.Equal(HttpStatusCode.BadRequest, asked.StatusCode);
        await world.PostGitHubAsync("ping", "{}"u8.ToArray());

        Assert.Equal("PING", Assert.Single(await ReadAsync(world, 1)).Code);
    }

    [Fact]
    public async Task What_failed_here_is_not_put_down_to_the_sender()
    {
        await using var world = await StartAsync(broker, AtNoon, kafka => kafka with { Properties = NoNewTopics, DeliveryTimeout = TimeSpan.FromSeconds(1) });
        await broker.ReadAllAsync<Delivery>(world.Topics.Deliveries);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await world.PostEventAsync()).Status);
        await world.PostGitHubAsync("ping", "{}"u8.ToArray());

        Assert.Equal("PING", Assert.Single(await ReadAsync(world, 1)).Code);
    }

    [Fact]
    public async Task Long_texts_of_a_sender_are_cut()
    {
        await using var world = await StartAsync(broker, AtNoon);

        await world.PostGitHubAsync("push" + new string('x', 5000), "{}"u8.ToArray(), UnsignedKey, ("Idempotency-Key", "not this one"));
        await world.PostAsync(GitHubRoute(UnsignedKey), "{}", ("X-GitHub-Event", "push"), ("X-GitHub-Delivery", new string('y', 5000)));

        var deliveries = await ReadAsync(world, 2);
        Assert.Equal((100, "delivery-1"), (deliveries[0].Event!.Length, deliveries[0].DeliveryId));
        Assert.Equal(("push", 255), (deliveries[1].Event, deliveries[1].DeliveryId!.Length));
    }

    [Fact]
    public async Task Of_one_pipeline_so_many_a_minute_are_kept_and_the_others_counted()
    {
        await using var metrics = await Counted.StartAsync();
        await using var world = await StartAsync(broker, AtNoon with { DeliveriesRecordedMax = 3, RequestsPerKeyMax = 7 });
        var before = (await metrics.OfAsync("OVER_LIMIT"), await metrics.OfAsync("RECORDED"));

        for (var i = 0; i < 8; i++)
            await world.PostGitHubAsync("ping", "{}"u8.ToArray());
        await world.PostGitHubAsync("push", Push, SignedKey);

        Assert.Equal([3L, 3L, 3L, 2L], (await ReadAsync(world, 4)).Select(d => d.PipelineId!.Value));
        await UntilAsync(async () => await metrics.OfAsync("RECORDED") == before.Item2 + 4, "those that were kept are counted");
        Assert.Equal(before.Item1 + 5, await metrics.OfAsync("OVER_LIMIT"));
    }

    [Fact]
    public async Task A_key_that_has_had_its_requests_is_told_so_there_too()
    {
        await using var world = await StartAsync(broker, AtNoon with { RequestsPerKeyMax = 1 });

        await world.PostEventAsync();
        await world.PostEventAsync();

        var delivery = Assert.Single(await ReadAsync(world, 1));
        Assert.Equal((1L, 429, "TOO_MANY_REQUESTS"), (delivery.PipelineId, delivery.Status, delivery.Code));
    }

    [Fact]
    public async Task A_topic_that_is_missing_harms_nobody_and_is_told_once()
    {
        await using var world = await StartAsync(broker, AtNoon, kafka => kafka with { Properties = NoNewTopics, DeliveryTimeout = TimeSpan.FromSeconds(2) });
        await broker.ReadAllAsync<Deployment>(world.Topics.Deployments);

        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 3; i++)
                Assert.Equal("PING", (await world.PostGitHubAsync("ping", "{}"u8.ToArray())).Code);
            await UntilAsync(() => Task.FromResult(Warnings().Any()), "the missing topic is told");
            Assert.Equal(HttpStatusCode.Accepted, (await world.PostEventAsync()).Status);
            Assert.Equal(HttpStatusCode.OK, (await world.GetAsync("/readyz")).Status);
        }

        Assert.Equal(2, (await world.DeploymentsAsync()).Count);
        Assert.Contains($"topic {world.Topics.Deliveries} does not exist: run streamdeploy topics create", Assert.Single(Warnings()), StringComparison.Ordinal);
        await broker.ReadAllAsync<Delivery>(world.Topics.Deliveries);
        await UntilAsync(async () =>
        {
            await world.PostGitHubAsync("ping", "{}"u8.ToArray());
            return (await broker.ReadAllAsync<Delivery>(world.Topics.Deliveries)).Count > 0;
        }, "the topic is used once it is there");

        IEnumerable<string> Warnings() => world.Log.Lines.Where(line => line.Contains("not recorded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Answers_go_on_when_no_more_can_be_on_their_way()
    {
        await using var metrics = await Counted.StartAsync();
        await using var world = await StartAsync(
            broker, AtNoon with { RequestsPerKeyMax = 10_000, DeliveriesRecordedMax = 10_000 }, kafka => kafka with { BootstrapServers = "127.0.0.1:1", DeliveryTimeout = TimeSpan.FromSeconds(3) });
        var before = await metrics.OfAsync("BUSY");

        // Of the first ones none can be acknowledged; behind them a bounded number waits.
        await UntilAsync(async () =>
        {
            Assert.Equal("PING", (await world.PostGitHubAsync("ping", "{}"u8.ToArray())).Code);
            return await metrics.OfAsync("BUSY") > before;
        }, "no more are kept");
    }

    private async Task<List<Delivery>> ReadAsync(IngestWorld world, int count) => [.. (await KeyedAsync(world, count)).Select(record => record.Value)];

    private async Task<List<(string Key, Delivery Value)>> KeyedAsync(IngestWorld world, int count)
    {
        List<(string, Delivery)> records = [];
        await UntilAsync(async () => (records = await broker.ReadAllAsync<Delivery>(world.Topics.Deliveries)).Count >= count, $"{count} deliveries are in the topic");
        return records;
    }

    /// <summary>What is counted, as the metrics' page shows it.</summary>
    private sealed class Counted(MonitoringServer server) : IAsyncDisposable
    {
        private readonly HttpClient _http = new();

        public static async Task<Counted> StartAsync() => new(await MonitoringServer.StartAsync(
            new MonitoringSettings { Listen = new IPEndPoint(IPAddress.Loopback, 0) }, () => true, () => true, () => "", NullLoggerFactory.Instance, CancellationToken.None));

        public async Task<double> OfAsync(string outcome)
        {
            var series = $"streamdeploy_ingest_deliveries_total{{outcome=\"{outcome}\"}} ";
            var line = (await _http.GetStringAsync(new Uri(server.Url + "/metrics"))).Split('\n').FirstOrDefault(line => line.StartsWith(series, StringComparison.Ordinal));
            return line is null ? 0 : double.Parse(line[series.Length..], System.Globalization.CultureInfo.InvariantCulture);
        }

        public async ValueTask DisposeAsync()
        {
            _http.Dispose();
            await server.DisposeAsync();
        }
    }
}

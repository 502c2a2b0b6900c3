using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Tests.ClickHouse;

/// <summary>What the sink does when ClickHouse does not do its part.</summary>
public sealed class SinkFaultTests
{
    private static readonly Fault Memory = new(500, 241, "Code: 241. DB::Exception: (total) memory limit exceeded. (MEMORY_LIMIT_EXCEEDED)");
    private static readonly Fault BadRow = new(400, 27, "Code: 27. DB::Exception: Cannot parse input: expected '\"' before: 'x'. (CANNOT_PARSE_INPUT_ASSERTION_FAILED)");
    private const string ProxyPage = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0\"><title>We are back soon</title>";
    private static readonly Fault NoTable = new(404, 60, "Code: 60. DB::Exception: Table history.deployment_events does not exist. (UNKNOWN_TABLE)");

    [Fact]
    public async Task What_passes_is_waited_out_and_nothing_is_lost_or_committed_before()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        var faults = new Queue<Fault?>([Memory, new(500, 252, "Too many parts (3000)"), new(503, null, "no healthy upstream"), Memory]);
        long committedTooEarly = -1;
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ =>
        {
            committedTooEarly = Math.Max(committedTooEarly, world.CommittedRecords(world.Kafka.Topics.Deployments));
            return faults.TryDequeue(out Fault? fault) ? fault : null;
        });
        await world.ProduceAsync(Deployments(100, accounts: 1));
        await using SinkWorld.RunningSink sink = SinkWorld.Run(world.Settings(server.Url)).Start();
        await sink.UntilAsync(() => server.RowsOf("deployment_events").Count() == 100, "all rows");
        await sink.StopAsync();
        Assert.Equal(0, committedTooEarly);
        Assert.Equal(100, world.CommittedRecords(world.Kafka.Topics.Deployments));
        // The same rows under the same token on every attempt: ClickHouse may have taken them all the same.
        Assert.Single(server.Requests.Take(5).Select(request => request.Token).Distinct());
        Assert.StartsWith("deployments/", server.Requests.First().Token, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_of_a_proxy_is_no_success_whatever_its_status_and_the_rows_are_kept()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        var pages = new Queue<Fault>([new(200, null, ProxyPage) { IsOfProxy = true }, new(200, null, "") { IsOfProxy = true }, new(502, null, ProxyPage) { IsOfProxy = true }]);
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => pages.TryDequeue(out Fault? page) ? page : null);
        await world.ProduceAsync(Deployments(100, accounts: 1));
        await using SinkWorld.RunningSink sink = SinkWorld.Run(world.Settings(server.Url)).Start();
        await sink.UntilAsync(() => world.CommittedRecords(world.Kafka.Topics.Deployments) == 100, "everything is committed");
        await sink.StopAsync();
        Assert.Empty(pages);
        Assert.Equal(100, server.RowsOf("deployment_events").Count());
        Assert.Single(server.Requests.Take(4).Select(request => request.Token).Distinct());
    }

    [Fact]
    public async Task While_the_attempt_before_is_still_at_work_the_next_one_waits_for_it()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        int requests = 0;
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => Interlocked.Increment(ref requests) switch
        {
            1 => Fault.Hang,
            2 or 3 => new(500, 216, "Code: 216. DB::Exception: Query with id = deployments/0:0-0x1-1 is already running. (QUERY_WITH_SAME_ID_IS_ALREADY_RUNNING)"),
            _ => null,
        });
        await world.ProduceAsync([Some.Deployment()]);
        SinkSettings settings = world.Settings(server.Url);
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings with { ClickHouse = settings.ClickHouse with { RequestTimeout = TimeSpan.FromMilliseconds(500) } }).Start();
        await sink.UntilAsync(() => server.RowsOf("deployment_events").Any(), "the row");
        Assert.Equal(4, server.Requests.Count);
        // One id for all attempts, and it names the offsets: the driver adds the number of the request, of which there is one.
        InsertRequest first = server.Requests.First();
        Assert.Equal([first.Token + "-1"], server.Requests.Select(request => request.QueryId).Distinct());
    }

    [Fact]
    public async Task No_answer_in_time_is_tried_again()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        int requests = 0;
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => Interlocked.Increment(ref requests) == 1 ? Fault.Hang : null);
        await world.ProduceAsync([Some.Deployment()]);
        SinkSettings settings = world.Settings(server.Url);
        await using SinkWorld.RunningSink sink = SinkWorld.Run(
            settings with { ClickHouse = settings.ClickHouse with { RequestTimeout = TimeSpan.FromMilliseconds(500) } }).Start();
        await sink.UntilAsync(() => server.RowsOf("deployment_events").Any(), "the row");
    }

    [Fact]
    public async Task A_server_that_is_down_costs_nothing_but_time_and_bounded_memory()
    {
        await using SinkWorld world = await SinkWorld.StartAsync(topicPrefix: "down.");
        using var paused = new PausedTopic("down.deployments");
        int port = FreePort();
        await using SinkWorld.RunningSink sink = SinkWorld.Run(world.Settings($"http://127.0.0.1:{port}") with { BatchRowsMax = 50 }).Start();
        await world.ProduceAsync(Deployments(1000, accounts: 20));
        await sink.UntilAsync(() => paused.Now == 1, "the topic is paused");
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => null, port);
        await sink.UntilAsync(() => server.RowsOf("deployment_events").Distinct().Count() == 1000, "all rows");
        await sink.UntilAsync(() => paused.Now == 0, "the topic is fetched again");
        await sink.StopAsync();
        Assert.Equal(1000, world.CommittedRecords(world.Kafka.Topics.Deployments));
        Assert.All(server.Taken, insert => Assert.InRange(insert.Rows.Count, 1, 50));
    }

    [Fact]
    public async Task A_row_that_is_refused_is_found_and_goes_to_dead_letters_and_the_others_go_in()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(
            insert => insert.Rows.Any(row => row.Contains("\"d7\"", StringComparison.Ordinal) || row.Contains("\"d93\"", StringComparison.Ordinal)) ? BadRow : null);
        await world.ProduceAsync(Deployments(100, accounts: 1));
        await using SinkWorld.RunningSink sink = SinkWorld.Run(world.Settings(server.Url)).Start();
        List<(byte[] Value, Dictionary<string, string> Headers)> letters = await Task.Run(() => world.DeadLetters(2));
        await sink.UntilAsync(() => server.RowsOf("deployment_events").Count() == 98, "the good rows");
        await sink.StopAsync();
        Assert.Equal(100, world.CommittedRecords(world.Kafka.Topics.Deployments));
        using var schemas = new SchemaRegistryClient(world.Kafka.Registry);
        var decoder = new RecordDecoder<Deployment>(schemas);
        var ids = new List<string>();
        foreach ((byte[] value, Dictionary<string, string> headers) in letters)
        {
            ids.Add((await decoder.DecodeAsync(value, CancellationToken.None)).DeploymentId);
            Assert.Equal("REFUSED_BY_CLICKHOUSE", headers[DeadLetters.ReasonHeader]);
            Assert.Equal("history", headers[DeadLetterProducer.ReaderHeader]);
            Assert.Equal("deployments", headers[DeadLetters.TopicHeader]);
            Assert.Contains("Cannot parse input", headers[DeadLetters.ErrorHeader], StringComparison.Ordinal);
        }
        Assert.Equal(["d7", "d93"], ids.Order());
    }

    [Fact]
    public async Task Where_every_row_is_refused_the_table_is_at_fault_and_nothing_is_thrown_away()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => BadRow);
        await world.ProduceAsync(Deployments(100, accounts: 1));
        await using SinkWorld.RunningSink sink = SinkWorld.Run(world.Settings(server.Url) with { RefusedRowsMax = 20 });
        SinkStoppedException e = await Assert.ThrowsAsync<SinkStoppedException>(() => sink.Completion.WaitAsync(SinkWorld.Limit));
        Assert.Contains("more than 20 records", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, world.CommittedRecords(world.Kafka.Topics.Deployments));
    }

    [Fact]
    public async Task A_missing_table_stops_the_sink_with_what_to_do()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => NoTable);
        await world.ProduceAsync([Some.Deployment()]);
        await using SinkWorld.RunningSink sink = SinkWorld.Run(world.Settings(server.Url));
        SinkStoppedException e = await Assert.ThrowsAsync<SinkStoppedException>(() => sink.Completion.WaitAsync(SinkWorld.Limit));
        Assert.Contains("deployment_events", e.Message, StringComparison.Ordinal);
        Assert.Contains("streamdeploy sink --init", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, world.CommittedRecords(world.Kafka.Topics.Deployments));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task What_is_no_record_or_no_row_goes_to_dead_letters_with_its_place()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => null);
        await world.ProduceRawAsync("alerts", "acme", "not avro"u8.ToArray());
        await world.ProduceAsync([Some.Deployment("far", atMs: 20_000_000_000_000)]);
        await world.ProduceAsync([Some.Alert()]);
        await using SinkWorld.RunningSink sink = SinkWorld.Run(world.Settings(server.Url)).Start();
        List<(byte[] Value, Dictionary<string, string> Headers)> letters = await Task.Run(() => world.DeadLetters(2));
        await sink.UntilAsync(() => server.RowsOf("alert_events").Any(), "the alert");
        await sink.StopAsync();
        Assert.Equal(["alerts NOT_AVRO", "deployments UNWRITABLE"],
            letters.Select(letter => $"{letter.Headers[DeadLetters.TopicHeader]} {letter.Headers[DeadLetters.ReasonHeader]}").Order());
        Assert.Equal(2, world.CommittedRecords("alerts"));
        Assert.Equal(1, world.CommittedRecords("deployments"));
    }

    [Fact]
    public async Task Stopping_brings_in_what_was_read()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => null);
        await world.ProduceAsync(Deployments(100, accounts: 10));
        // Batches so old that none goes by itself: the first is full at 40 and so in flight when the sink is stopped.
        SinkSettings settings = world.Settings(server.Url) with { BatchAgeMax = TimeSpan.FromHours(1), BatchRowsMax = 40 };
        await using SinkWorld.RunningSink sink = SinkWorld.Run(settings).Start();
        await sink.UntilAsync(() => server.Taken.Count >= 2, "the full batches");
        Assert.Equal(80, server.RowsOf("deployment_events").Count());
        await sink.StopAsync();
        Assert.Equal(100, server.RowsOf("deployment_events").Count());
        Assert.Equal(100, world.CommittedRecords("deployments"));
    }

    [Fact]
    public async Task Stopping_does_not_wait_for_a_server_that_hangs_and_the_next_sink_reads_the_rest()
    {
        await using SinkWorld world = await SinkWorld.StartAsync();
        bool hangs = true;
        await using FaultyClickHouse server = await FaultyClickHouse.StartAsync(_ => Volatile.Read(ref hangs) ? Fault.Hang : null);
        await world.ProduceAsync(Deployments(100, accounts: 10));
        await using (SinkWorld.RunningSink sink = SinkWorld.Run(world.Settings(server.Url) with { FlushLimit = TimeSpan.FromMilliseconds(300) }).Start())
        {
            await sink.UntilAsync(() => server.Requests.Count > 0, "an insert");
            await sink.StopAsync();
        }
        Assert.Equal(0, world.CommittedRecords("deployments"));
        Volatile.Write(ref hangs, false);
        await using SinkWorld.RunningSink next = SinkWorld.Run(world.Settings(server.Url)).Start();
        await next.UntilAsync(() => server.RowsOf("deployment_events").Count() == 100, "all rows");
    }

    private static IEnumerable<Deployment> Deployments(int count, int accounts) =>
        Enumerable.Range(0, count).Select(i => Some.Deployment("d" + i, Some.Noon + i, accountId: "account" + (i % accounts)));

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>The metric that shows backpressure.</summary>
    private sealed class PausedTopic : IDisposable
    {
        private readonly MeterListener _listener = new();
        private long _now;

        public PausedTopic(string topic)
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "streamdeploy.sink.paused")
                    listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((_, change, tags, _) =>
            {
                // Sinks of other tests count in the same process.
                if (tags.ToArray().Contains(KeyValuePair.Create("topic", (object?)topic)))
                    Interlocked.Add(ref _now, change);
            });
            _listener.Start();
        }

        public long Now => Interlocked.Read(ref _now);

        public void Dispose() => _listener.Dispose();
    }
}

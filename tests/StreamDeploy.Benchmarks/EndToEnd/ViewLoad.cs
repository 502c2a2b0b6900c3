using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Confluent.Kafka;
using StreamDeploy.Benchmarks.EndToEnd.Children;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>The live view: how fast its page opens on an account with many deployments, and how many browsers it keeps up to date under load.</summary>
internal sealed partial class ViewLoad(Cluster cluster, BenchSettings settings, Action<string> progress)
{
    private const int Deployments = 100_000, Opened = 20, Browsers = 200, EventsPerSecond = 2_000, Seconds = 30;
    private const string Database = "bench";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    public async Task<ViewReport> RunAsync(CancellationToken cancellationToken)
    {
        var order = new ChildOrder { BootstrapServers = "", RegistryUrl = "", TopicPrefix = "", Group = "", Protocol = "", Threads = 1, Partitions = 1, Share = 1 };
        using var engine = new Child("engine", order);
        var clickHouse = new ClickHouseSettings { Url = $"http://127.0.0.1:{engine.Read(Limit, cancellationToken).Port}/", Database = Database, RequestTimeout = Limit };
        progress($"{Deployments} deployments of the last day are made, in the history and in the topics");
        await FillHistoryAsync(clickHouse, cancellationToken);
        var empty = await cluster.CreateTopicsAsync("view-history", cancellationToken);
        var full = await cluster.CreateTopicsAsync("view-tail", cancellationToken);
        await ProduceAsync(full, Deployments, paced: false, cancellationToken);
        var pages = new List<PageReport>
        {
            // A tail of a minute holds nothing of the day: all comes from the history.
            await PagesAsync("from ClickHouse", cluster.Order(empty, "view", settings) with { ClickHouseUrl = clickHouse.Url, Database = Database, Records = 1 }, cancellationToken),
            await PagesAsync("from the topics' tail", cluster.Order(full, "view", settings) with { Records = 60 * 25 }, cancellationToken),
        };
        var live = new List<LiveReport>();
        for (var run = 1; run <= settings.Runs; run++) live.Add(await FollowAsync(run, cancellationToken));
        return new(pages, live);
    }

    private async Task<PageReport> PagesAsync(string source, ChildOrder order, CancellationToken cancellationToken)
    {
        using var child = new Child("view", order);
        using var http = await SignedInAsync(child.Read(Limit, cancellationToken).Port!.Value, cancellationToken);
        var (first, whole, bytes, rows) = (new List<double>(), new List<double>(), 0L, 0);
        for (var i = 0; i <= Opened; i++)
        {
            var clock = Stopwatch.StartNew();
            using var response = await http.GetAsync(new Uri("/deployments?since=24h", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if (response.StatusCode != HttpStatusCode.OK) throw new BenchException($"the page was answered with {response.StatusCode}");
            // The first one is told by itself: it is what somebody sees who opens the page after a start.
            first.Add(clock.Elapsed.TotalMilliseconds);
            var html = await response.Content.ReadAsStringAsync(cancellationToken);
            whole.Add(clock.Elapsed.TotalMilliseconds);
            (bytes, rows) = (Encoding.UTF8.GetByteCount(html), RowStart().Count(html));
            if (!html.Contains("100000 changes", StringComparison.Ordinal) || html.Contains("class=\"note\"", StringComparison.Ordinal)) throw new BenchException($"{source}: the page does not show the {Deployments} changes");
        }
        child.TellEnd();
        var cost = child.Read(Limit, cancellationToken);
        var report = new PageReport(source, whole[0], Statistics.Median(first.Skip(1)), Statistics.Median(whole.Skip(1)), Statistics.Percentile([.. whole.Skip(1).Order()], 0.95), bytes, rows, cost.PeakRssMb!.Value);
        progress(string.Create(CultureInfo.InvariantCulture, $"{source}: first {report.FirstMs:N0} ms, then {report.P50Ms:N0} ms, p95 {report.P95Ms:N0} ms, {bytes:N0} bytes with {rows} rows, {report.PeakRssMb:N0} MB"));
        return report;
    }

    private async Task<LiveReport> FollowAsync(int run, CancellationToken cancellationToken)
    {
        var topics = await cluster.CreateTopicsAsync($"view-live-{run}", cancellationToken);
        using var child = new Child("view", cluster.Order(topics, "view", settings) with { Records = 60 });
        using var http = await SignedInAsync(child.Read(Limit, cancellationToken).Port!.Value, cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var browsers = Enumerable.Range(0, Browsers).Select(_ => new Reader()).ToArray();
        var reading = browsers.Select(browser => browser.ReadAsync(http, over.Token)).ToArray();
        await Task.WhenAll(browsers.Select(browser => browser.Connected)).WaitAsync(Limit, cancellationToken);
        await Task.Run(() => ProduceAsync(topics, EventsPerSecond * Seconds, paced: true, cancellationToken), cancellationToken);
        await Task.Delay(2000, cancellationToken);
        over.Cancel();
        await Task.WhenAll(reading);
        child.TellEnd();
        var cost = child.Read(Limit, cancellationToken);
        double[] lags = [.. browsers.SelectMany(browser => browser.LagsMs).Order()];
        if (lags.Length == 0) throw new BenchException("no browser was told of anything");
        var report = new LiveReport(
            browsers.Average(browser => browser.Updates / (double)Seconds), browsers.Max(browser => browser.Updates / (double)Seconds), Statistics.Percentile(lags, 0.5), Statistics.Percentile(lags, 0.99),
            browsers.Sum(browser => browser.Bytes) / 1e6 / Seconds, cost.CpuSeconds!.Value / Seconds, cost.PeakRssMb!.Value);
        progress(string.Create(CultureInfo.InvariantCulture,
            $"run {run} of {settings.Runs}: {Browsers} browsers, {EventsPerSecond} events/s: {report.UpdatesPerSecond:N1} updates/s each (most {report.MostUpdatesPerSecond:N1}), newest row p50 {report.P50Ms:N0}, p99 {report.P99Ms:N0} ms old, {report.MbPerSecond:N1} MB/s in all, {report.Cores:N2} cores, {report.PeakRssMb:N0} MB"));
        return report;
    }

    private static async Task<HttpClient> SignedInAsync(int port, CancellationToken cancellationToken)
    {
        var http = new HttpClient(new SocketsHttpHandler { CookieContainer = new CookieContainer(), MaxConnectionsPerServer = Browsers + 10 }) { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = Limit };
        var form = await http.GetStringAsync(new Uri("/sign-in", UriKind.Relative), cancellationToken);
        using var content = new FormUrlEncodedContent(new Dictionary<string, string> { ["form-token"] = FormToken().Match(form).Groups[1].Value, ["key"] = MeasuredView.Key, ["next"] = "/healthz" });
        using var response = await http.PostAsync(new Uri("/sign-in", UriKind.Relative), content, cancellationToken);
        return response.StatusCode == HttpStatusCode.OK && response.RequestMessage!.RequestUri!.AbsolutePath == "/healthz" ? http : throw new BenchException($"the sign-in was answered with {response.StatusCode}");
    }

    private static async Task FillHistoryAsync(ClickHouseSettings clickHouse, CancellationToken cancellationToken)
    {
        using var http = new ClickHouseHttp(clickHouse);
        await new SchemaSetup(clickHouse, http).RunAsync(dryRun: false, cancellationToken);
        await http.QueryAsync($"""
            INSERT INTO deployment_events (account_id, occurred_at, event_id, deployment_id, pipeline_id, source, kind, status, summary, environment, service, version, commit, repository, arrived_at, kafka_partition, kafka_offset)
            SELECT '{MeasuredView.Account}', now64(3, 'UTC') - toIntervalMillisecond(86000000 - toInt64(number * 860)), 'e' || number, 'd' || number, 1, 'api', 'DEPLOYMENT', if(number % 50 = 0, 'FAILED', 'SUCCEEDED'),
                'Deploy service-' || number % 40 || ' ' || number, 'production', 'service-' || number % 40, toString(number), hex(cityHash64(number)), 'acme/service-' || number % 40, now64(3, 'UTC'), 0, number
            FROM numbers({Deployments})
            """, cancellationToken);
        await http.QueryAsync("OPTIMIZE TABLE deployment_states FINAL", cancellationToken);
    }

    private async Task ProduceAsync(KafkaSettings topics, int events, bool paced, CancellationToken cancellationToken)
    {
        using var registry = new SchemaRegistryClient(topics.Registry);
        var encoder = new RecordEncoder<Deployment>(registry, topics.Topics.Deployments);
        await encoder.PrepareAsync(cancellationToken);
        using var producer = cluster.Producer(lingerMs: paced ? 0 : 20);
        var key = Encoding.UTF8.GetBytes(MeasuredView.Account);
        var to = new TopicPartition(topics.Topics.Deployments, Murmur2.PartitionOf(key, cluster.Partitions));
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < events; i++)
        {
            while (paced && clock.Elapsed.TotalSeconds * EventsPerSecond < i) Thread.Sleep(1);
            cancellationToken.ThrowIfCancellationRequested();
            var nowMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
            var eventMs = paced ? nowMs : nowMs - 86_000_000 + (i * 860L);
            SourceTopics.Produce(producer, to, new() { Key = key, Value = encoder.Encode(EventOf(i, eventMs)), Timestamp = new(eventMs, TimestampType.CreateTime) });
        }
        if (producer.Flush(Limit) > 0) throw new BenchException("the load was not acknowledged");
    }

    private static Deployment EventOf(int i, long eventMs) => new()
    {
        AccountId = MeasuredView.Account,
        EventId = "e" + i,
        DeploymentId = "d" + i,
        PipelineId = 1,
        Source = "api",
        Kind = DeploymentKind.DEPLOYMENT,
        Status = DeploymentStatus.SUCCEEDED,
        Summary = $"Deploy service-{i % 40} {i}",
        OccurredAtMs = eventMs,
        Service = "service-" + (i % 40),
        Environment = "production",
        Repository = "acme/service-" + (i % 40),
        Commit = i.ToString("x8", CultureInfo.InvariantCulture),
    };

    /// <summary>A browser as far as the server sees it: reads the events of one stream.</summary>
    private sealed class Reader
    {
        private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Connected => _connected.Task;

        public int Updates { get; private set; }

        public long Bytes { get; private set; }

        public ConcurrentBag<double> LagsMs { get; } = [];

        public async Task ReadAsync(HttpClient http, CancellationToken cancellationToken)
        {
            try
            {
                using var response = await http.GetAsync(new Uri("/deployments/live", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
                if (response.StatusCode != HttpStatusCode.OK) throw new BenchException($"a browser was answered with {response.StatusCode}");
                using var lines = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
                _connected.TrySetResult();
                var newest = 0L;
                while (await lines.ReadLineAsync(cancellationToken) is { } line)
                {
                    Bytes += line.Length + 1;
                    if (line == "event: rows") (Updates, newest) = (Updates + 1, 0);
                    else if (RowTime().Match(line) is { Success: true } row) newest = long.Parse(row.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture);
                    else if (line.Length == 0 && newest > 0)
                    {
                        LagsMs.Add(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - newest);
                        newest = 0;
                    }
                }
            }
            catch (Exception e) when (cancellationToken.IsCancellationRequested && e is OperationCanceledException or IOException)
            {
                // It is over.
            }
            catch (Exception e)
            {
                _connected.TrySetException(e);
                throw;
            }
        }
    }

    [GeneratedRegex("name=\"form-token\" value=\"([^\"]+)\"")]
    private static partial Regex FormToken();

    [GeneratedRegex("<li id=\"c[0-9a-f]+\"")]
    private static partial Regex RowStart();

    [GeneratedRegex("data-ms=\"([0-9]+)\"")]
    private static partial Regex RowTime();
}

/// <param name="Pages">By where the deployments come from.</param>
/// <param name="Live">Each run.</param>
internal sealed record ViewReport(IReadOnlyList<PageReport> Pages, IReadOnlyList<LiveReport> Live);

/// <summary>How fast the page of 100,000 deployments came, all of it; to its first byte, where that is said.</summary>
internal sealed record PageReport(string Source, double FirstMs, double FirstByteP50Ms, double P50Ms, double P95Ms, long Bytes, int Rows, double PeakRssMb);

/// <summary>What 200 browsers met while 2,000 events a second came, and what it cost the process.</summary>
internal sealed record LiveReport(double UpdatesPerSecond, double MostUpdatesPerSecond, double P50Ms, double P99Ms, double MbPerSecond, double Cores, double PeakRssMb);

using System.Globalization;
using System.Text;
using Confluent.Kafka;
using StreamDeploy.Benchmarks.EndToEnd.Children;
using StreamDeploy.Connectors.ClickHouse;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Schemas;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>A backlog of each topic into ClickHouse, beside an insert of the same rows by someone who has them ready.</summary>
internal sealed class SinkLoad(Cluster cluster, BenchSettings settings, Action<string> progress)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);

    private static readonly (string Topic, int RowsPerRecord, string Table)[] Kinds =
        [("deployments", 1, "deployment_events"), ("alerts", 1, "alert_events"), ("enrichments", 4, "enrichment_revisions")];

    public async Task<IReadOnlyList<SinkReport>> RunAsync(CancellationToken cancellationToken)
    {
        var reports = new List<SinkReport>();
        foreach (var (topic, rows, table) in Kinds)
        {
            var records = settings.Records / rows;
            var kafka = await cluster.CreateTopicsAsync("sink-" + topic, cancellationToken);
            progress($"{topic}: {records} records are written");
            await FillAsync(kafka, topic, records, cancellationToken);
            var runs = new Dictionary<string, List<Inserted>> { ["sink"] = [], ["bare"] = [] };
            for (var run = 1; run <= settings.Runs; run++)
            {
                foreach (var verb in runs.Keys)
                {
                    var inserted = await MeasureAsync(verb, kafka, run, records, table, cancellationToken);
                    runs[verb].Add(inserted with { PerSecond = inserted.PerSecond * rows });
                    progress(string.Create(CultureInfo.InvariantCulture,
                        $"run {run} of {settings.Runs}, {topic}, {verb}: {inserted.PerSecond * rows:N0} rows/s, {inserted.CpuSeconds:N1} CPU s, MB after each quarter: {string.Join(", ", inserted.MemoryMb.Select(mb => mb.ToString("N0", CultureInfo.InvariantCulture)))}"));
                }
            }
            reports.Add(new(topic, Statistics.Median(runs["sink"].Select(r => r.PerSecond)), Statistics.Median(runs["bare"].Select(r => r.PerSecond)), runs["sink"], runs["bare"]));
        }
        return reports;
    }

    /// <summary>With an engine and a database of its own: what one run leaves to merge must not slow the next.</summary>
    private async Task<Inserted> MeasureAsync(string verb, KafkaSettings kafka, int run, long records, string table, CancellationToken cancellationToken)
    {
        var order = cluster.Order(kafka, $"{verb}-{run}", settings) with { Records = records, Database = "bench" };
        using var engine = new Child("engine", order);
        order = order with { ClickHouseUrl = $"http://127.0.0.1:{engine.Read(StartLimit, cancellationToken).Port}/" };
        var clickHouse = new ClickHouseSettings { Url = order.ClickHouseUrl, Database = order.Database };
        using var http = new ClickHouseHttp(clickHouse);
        await new SchemaSetup(clickHouse, http).RunAsync(dryRun: false, cancellationToken);
        using var child = new Child(verb == "sink" ? "sink" : "bare-insert", order);
        var inserted = child.Read(settings.WorkLimit, cancellationToken).Inserted!;
        child.Join();
        var there = await http.QueryAsync($"SELECT count() FROM {table} FINAL", cancellationToken);
        if (there.Trim() != records.ToString(CultureInfo.InvariantCulture)) throw new BenchException($"{table} has {there.Trim()} rows instead of {records}");
        engine.TellEnd();
        return inserted;
    }

    private async Task FillAsync(KafkaSettings kafka, string topic, long records, CancellationToken cancellationToken)
    {
        using var registry = new SchemaRegistryClient(kafka.Registry);
        var (deployments, alerts, enrichments) = (new RecordEncoder<Deployment>(registry, kafka.Topics.Deployments), new RecordEncoder<Alert>(registry, kafka.Topics.Alerts), new RecordEncoder<Enrichment>(registry, kafka.Topics.Enrichments));
        await deployments.PrepareAsync(cancellationToken);
        await alerts.PrepareAsync(cancellationToken);
        await enrichments.PrepareAsync(cancellationToken);
        using var producer = cluster.Producer(lingerMs: 20);
        var workload = new Workload(Shape.S1);
        // An hour of event time, as a backlog of an hour has.
        var startMs = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() - 3_600_000;
        for (var i = 0L; i < records; i++)
        {
            var atMs = startMs + (i * 3_600_000 / records);
            var (account, value, to) = topic switch
            {
                "deployments" => Encode(workload.Deployment(i, atMs), d => d.AccountId, deployments, kafka.Topics.Deployments),
                "alerts" => Encode(workload.Alert(i, atMs), a => a.AccountId, alerts, kafka.Topics.Alerts),
                _ => Encode(EnrichmentOf(workload, i, atMs), e => e.AccountId, enrichments, kafka.Topics.Enrichments),
            };
            var message = new Message<byte[], byte[]> { Key = Encoding.UTF8.GetBytes(account), Value = value, Timestamp = new(atMs, TimestampType.CreateTime) };
            SourceTopics.Produce(producer, new(to, Murmur2.PartitionOf(message.Key, cluster.Partitions)), message);
        }
        if (producer.Flush(StartLimit) > 0) throw new BenchException("the topics could not be filled", BenchException.Unavailable);
    }

    private static (string Account, byte[] Value, string Topic) Encode<T>(T record, Func<T, string> account, RecordEncoder<T> encoder, string topic) => (account(record), encoder.Encode(record), topic);

    /// <summary>Three suspects with three reasons each.</summary>
    private static Enrichment EnrichmentOf(Workload workload, long index, long atMs)
    {
        var alert = workload.Alert(index, atMs);
        return new()
        {
            AccountId = alert.AccountId,
            AlertId = alert.AlertId,
            AlertSummary = alert.Summary,
            AlertOccurredAtMs = atMs,
            Revision = 5,
            Settled = true,
            Outcome = Outcome.SUSPECTS,
            Headline = "Most likely the deployment of " + alert.Service,
            WindowFromMs = atMs - 3_600_000,
            WindowToMs = atMs + 600_000,
            Scope = ScopeKind.ACCOUNT,
            Considered = 12,
            OutOfScope = 0,
            ProbabilityNone = 0.2,
            Suspects = [.. Enumerable.Range(0, 3).Select(i => SuspectOf(workload.Deployment((index * 3) + i, atMs - 60_000), i))],
        };
    }

    private static Suspect SuspectOf(Deployment d, int i) => new()
    {
        DeploymentId = d.DeploymentId,
        PipelineId = d.PipelineId,
        PipelineName = "pipeline " + d.PipelineId,
        Kind = d.Kind,
        Status = d.Status,
        Summary = d.Summary,
        Environment = d.Environment,
        Service = d.Service,
        Version = d.Version,
        StartMs = d.StartedAtMs!.Value,
        EndMs = d.OccurredAtMs,
        LagMs = 60_000,
        Relation = Relation.BEFORE,
        Probability = 0.5 / (i + 1),
        Coincidence = 0.1,
        Evidence =
        [
            new() { Code = EvidenceCode.TIME, Bits = 2.5, Text = "ended 1 min before the alert" },
            new() { Code = EvidenceCode.SERVICE, Bits = 3, Text = "same service as the alert" },
            new() { Code = EvidenceCode.ENVIRONMENT, Bits = 1, Text = "same environment as the alert" },
        ],
        Link = d.Links[0].Href,
    };
}

/// <summary>Medians of the runs in rows a second, and each run.</summary>
internal sealed record SinkReport(string Topic, double RowsPerSecond, double BareRowsPerSecond, IReadOnlyList<Inserted> Runs, IReadOnlyList<Inserted> BareRuns)
{
    public double OfBare => RowsPerSecond / BareRowsPerSecond;
}

using System.Diagnostics;
using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Microsoft.Extensions.Logging.Abstractions;
using StreamDeploy.Connectors.Embedded;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.IntegrationTests.Kafka;
using StreamDeploy.IntegrationTests.Servers;
using StreamDeploy.Schemas;
using StreamDeploy.Tests;
using StreamDeploy.Tests.Topology.Oracle;

namespace StreamDeploy.IntegrationTests.Chaos;

/// <summary>Faults under load on a real cluster, and then whether a read_committed reader has seen what an undisturbed run gives.</summary>
internal sealed class ChaosRun(ChaosSettings settings, ProxiedCluster cluster, string folder, Action<string> print)
{
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromMinutes(3);
    // Longer than a transaction may last whose worker was killed.
    private static readonly TimeSpan OpenTransactionLimit = TimeSpan.FromSeconds(90);

    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly List<string> _problems = [];
    private int _sinceFaultsMs = -1;

    /// <exception cref="InvalidOperationException">The run could not be brought to its end.</exception>
    public async Task<ChaosReport> RunAsync(CancellationToken cancellationToken)
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            return await RunAsync(giveUp);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested && _problems.Count > 0)
        {
            throw new InvalidOperationException(_problems[^1]);
        }
    }

    private async Task<ChaosReport> RunAsync(CancellationTokenSource giveUp)
    {
        var cancellationToken = giveUp.Token;
        await using var registry = await SchemaRegistryServer.StartAsync(0, cancellationToken);
        var kafka = new KafkaSettings
        {
            BootstrapServers = cluster.Direct,
            Registry = new() { Url = registry.Url },
            TopicPrefix = "chaos.",
            GroupId = "chaos",
            GroupProtocol = settings.GroupProtocol,
            Properties = settings.Properties,
            DeliveryTimeout = TimeSpan.FromSeconds(20),
        };
        await TopicSetup.CreateAsync(kafka, new() { Partitions = ChaosSettings.Partitions, ReplicationFactor = ProxiedCluster.Brokers }, NullLoggerFactory.Instance, cancellationToken);
        var startMs = DateTimeOffset.UtcNow.Subtract(settings.EventTimeSpan).ToUnixTimeMilliseconds() / Some.Hour * Some.Hour;
        var log = new ChaosLog(settings.Seed, settings.Accounts, startMs, settings.EventTimeStepMs);
        await using var producer = EventProducer.Open(kafka, NullLoggerFactory.Instance);
        var load = new Load(producer, log.Records());
        await load.SendAsync(() => producer.SendAsync(log.Tables), cancellationToken);
        await load.SendAsync(settings.Backlog, cancellationToken);
        Tell($"{load.Sent.Count} records wait for {settings.Workers} workers");

        string[] arguments = [.. WorkerProcess.Arguments(kafka with { BootstrapServers = cluster.Proxied }), .. ChaosSettings.JoinArguments];
        await using var workers = new WorkerFleet(settings.Workers, folder, arguments, Tell, why =>
        {
            Problem(why);
            giveUp.Cancel();
        });
        using var progress = new GroupProgress(kafka,
            from topic in new[] { kafka.Topics.Deployments, kafka.Topics.Alerts } from p in Enumerable.Range(0, ChaosSettings.Partitions) select new TopicPartition(topic, p));
        workers.DoAll(w => w.Start());
        await CatchUpAsync(progress, cancellationToken);

        var faults = FaultPlan.Of(settings.Seed, settings.Faults, settings.Workers, ProxiedCluster.Brokers, settings.Kinds);
        await InjectAllAsync(faults, load, workers, cancellationToken);
        await CatchUpAsync(progress, cancellationToken);
        // Only now: a clock must not overtake what a worker has not been sent yet.
        var clocks = LogSending.Clocks(ChaosSettings.Partitions, load.EventTimeMs + ChaosSettings.SettleMs + ChaosSettings.GraceMs + Some.Hour);
        await Task.WhenAll(clocks.Select(c => load.SendAsync(() => producer.SendAsync(c), cancellationToken)));

        var expected = await Task.Run(() => Expected(load.Sent, log.Tables), cancellationToken);
        Tell($"the oracle has answers to {expected.Count} alerts");
        var check = await CheckAsync(expected, kafka, workers, cancellationToken);
        return new(check, load.Sent.Count, expected.Count, faults, load.Retries, workers.OwnEnds, _problems, _clock.Elapsed);
    }

    private async Task InjectAllAsync(IReadOnlyList<Fault> faults, Load load, WorkerFleet workers, CancellationToken cancellationToken)
    {
        _sinceFaultsMs = (int)_clock.ElapsedMilliseconds;
        using var end = new CancellationTokenSource();
        var sending = load.RunAsync(settings.RecordsPerSecond, end.Token, cancellationToken);
        var injector = new FaultInjector(cluster, workers);
        foreach (var (number, fault) in faults.Index())
        {
            await Task.Delay(fault.Pause, cancellationToken);
            Tell($"fault {number + 1} of {faults.Count}: {fault}");
            await injector.InjectAsync(fault, cancellationToken);
            if (sending.IsCompleted)
                break;
        }
        await end.CancelAsync();
        await sending;
        Tell($"healed; {load.Sent.Count} records sent");
    }

    private async Task CatchUpAsync(GroupProgress progress, CancellationToken cancellationToken)
    {
        if (await progress.UntilCaughtUpAsync(CatchUpLimit, cancellationToken) is { } took)
            Tell(string.Create(CultureInfo.InvariantCulture, $"the workers have caught up after {took.TotalSeconds:0.0} s"));
        else
            Problem($"the workers had not caught up after {CatchUpLimit}: {progress.Behind}");
    }

    private async Task<AnswerCheck> CheckAsync(IReadOnlyDictionary<AlertKey, Enrichment> expected, KafkaSettings kafka, WorkerFleet workers, CancellationToken cancellationToken)
    {
        using var registry = new SchemaRegistryClient(kafka.Registry);
        using var answers = new CommittedTopic(kafka.BootstrapServers, kafka.Topics.Enrichments, ChaosSettings.Partitions);
        using var deadLetters = new CommittedTopic(kafka.BootstrapServers, kafka.Topics.DeadLetters, new TopicSettings().TablePartitions);
        var decoder = new RecordDecoder<Enrichment>(registry);
        var check = new AnswerCheck(expected);
        var waited = Stopwatch.StartNew();
        while (!check.AllSettled && waited.Elapsed < settings.AnswerLimit)
            await Task.Run(() => answers.Read(Take), cancellationToken);
        Tell($"{check.SettledAlerts} alerts are settled");

        foreach (var worker in await workers.StopAsync())
            Problem($"worker {worker} did not stop cleanly on SIGTERM");
        // What a worker that was no longer wanted may still have written.
        await Task.Run(() => ReadRest(answers, Take), cancellationToken);
        await Task.Run(() => ReadRest(deadLetters, raw => check.TakeDeadLetter(Describe(raw))), cancellationToken);
        check.Finish();
        return check;

        void Take(Confluent.Kafka.ConsumeResult<byte[]?, byte[]?> raw) =>
            check.Take(decoder.DecodeAsync(raw.Message.Value, CancellationToken.None).AsTask().GetAwaiter().GetResult());
    }

    private void ReadRest(CommittedTopic topic, Action<Confluent.Kafka.ConsumeResult<byte[]?, byte[]?>> take)
    {
        if (topic.ReadToEnd(take, OpenTransactionLimit) is { } open)
            Problem($"after {OpenTransactionLimit} {open}");
    }

    private static Dictionary<AlertKey, Enrichment> Expected(IReadOnlyList<LogRecord> log, IReadOnlyList<TableRecord> tables)
    {
        var tablesOf = tables.ToLookup(t => t.AccountId);
        return log.GroupBy(r => r.AccountId).AsParallel()
            .SelectMany(g => NaiveOracle.Settled([.. g], [.. tablesOf[g.Key]], ChaosSettings.Oracle))
            .ToDictionary(x => x.Key, x => x.Value);
    }

    private static string Describe(Confluent.Kafka.ConsumeResult<byte[]?, byte[]?> raw)
    {
        return $"{Header(DeadLetters.ReasonHeader)}: {Header(DeadLetters.TopicHeader)}-{Header(DeadLetters.PartitionHeader)} at {Header(DeadLetters.OffsetHeader)}, {Header(DeadLetters.ErrorHeader)}";

        string Header(string name) => raw.Message.Headers.TryGetLastBytes(name, out var bytes) ? Encoding.UTF8.GetString(bytes) : "?";
    }

    private void Problem(string problem)
    {
        _problems.Add(problem);
        Tell(problem);
    }

    /// <summary>The time is that of the faults; what is before them has none.</summary>
    private void Tell(string what) =>
        print(_sinceFaultsMs < 0 ? $"       {what}" : $"{TimeSpan.FromMilliseconds(_clock.ElapsedMilliseconds - _sinceFaultsMs):mm\\:ss}  {what}");
}

using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Joins deployments and alerts as they come in and writes the answers: at least once.</summary>
/// <remarks>
/// Any number of workers of one group share the partitions. State is in memory and rebuilt from the topics; after a crash no answer is missing, but some may
/// be there twice. One thread of its own does everything but the fetching and sending, which librdkafka does.
/// </remarks>
public sealed class Worker
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(5);

    private readonly WorkerSettings _settings;
    private readonly KafkaClients _clients;
    private readonly ILogger _log;
    private volatile WorkerLoop? _loop;
    private volatile WorkerState _state = WorkerState.Created;

    /// <exception cref="KafkaSettingsException">Names the setting that cannot work.</exception>
    public Worker(WorkerSettings settings, ILoggerFactory logs)
    {
        if (settings.Problem() is { } problem)
            throw new KafkaSettingsException(problem);
        _settings = settings;
        _clients = new KafkaClients(settings.Kafka, logs);
        _log = logs.CreateLogger("StreamDeploy.Worker");
    }

    /// <summary>What it is doing; may be asked from any thread.</summary>
    public WorkerState State => _state is WorkerState.Running && _loop is { } loop ? loop.State : _state;

    /// <summary>How many records wait in memory to be applied; bounded by <see cref="WorkerSettings.BufferRecordsMax"/> for each partition.</summary>
    public int Buffered => _loop?.Buffered ?? 0;

    /// <summary>Works until it is cancelled; then finishes the batch, commits, and leaves the group.</summary>
    /// <exception cref="KafkaSettingsException">Someone has to change something.</exception>
    /// <exception cref="BrokerUnavailableException">Kafka or the registry did not answer within the start's limit.</exception>
    /// <exception cref="KafkaException">The group does not let us go on: for example, another worker has our static id.</exception>
    public Task RunAsync(CancellationToken cancellationToken) =>
        Task.Factory.StartNew(() => Run(cancellationToken), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private void Run(CancellationToken cancellationToken)
    {
        try
        {
            Work(cancellationToken);
            _state = WorkerState.Stopped;
            _log.Stopped();
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            _state = WorkerState.Stopped;
        }
        catch
        {
            _state = WorkerState.Failed;
            throw;
        }
    }

    private void Work(CancellationToken cancellationToken)
    {
        _state = WorkerState.Starting;
        var kafka = _settings.Kafka;
        var topics = kafka.Topics;
        var layout = Patiently(() => Layout(topics), cancellationToken);
        // The worker tries again by itself, and between two attempts it must poll.
        using var registry = new SchemaRegistryClient(kafka.Registry with { RetryFor = TimeSpan.Zero });
        var encoder = new RecordEncoder<Enrichment>(registry, topics.Enrichments);
        Patiently(() => Prepare(encoder, cancellationToken), cancellationToken);

        _state = WorkerState.ReadingTables;
        // The first to be opened is the last to be closed.
        var opened = new Stack<Action>();
        try
        {
            var tables = new TableReader(_clients, topics, registry, layout.Tables, _log);
            opened.Push(tables.Dispose);
            ReadTables(tables, cancellationToken);
            var outbox = new Outbox(_clients.OpenProducer(), encoder, topics, kafka.DeliveryTimeout, cancellationToken);
            opened.Push(outbox.Dispose);
            var loop = Loop(registry, layout, tables, outbox);
            opened.Push(() => loop.Stop(finish: cancellationToken.IsCancellationRequested));
            (_loop, _state) = (loop, WorkerState.Running);
            loop.Run(cancellationToken);
        }
        finally
        {
            _state = WorkerState.Stopping;
            Stop(opened);
        }
    }

    private WorkerLoop Loop(SchemaRegistryClient registry, CoPartitioning layout, TableReader tables, Outbox outbox)
    {
        var topics = _settings.Kafka.Topics;
        var join = _settings.Join;
        var deployments = new Source<Deployment>(
            topics.Deployments, new(registry), layout.Partitions, d => d.AccountId, d => d.OccurredAtMs, (d, ms) => CorrelationTask.Reject(join, d, ms));
        var alerts = new Source<Alert>(
            topics.Alerts, new(registry), layout.Partitions, a => a.AccountId, a => a.UpdatedAtMs, (a, ms) => CorrelationTask.Reject(join, a, ms));
        return new WorkerLoop(_settings, _clients, deployments, alerts, layout.Partitions, tables, outbox, _log);
    }

    /// <summary>Ends within the limit even where Kafka does not answer: then the session times out, and what was not committed is answered again.</summary>
    private void Stop(Stack<Action> opened)
    {
        // Not on this thread, because leaving a group cannot be given a limit, nor can the closing of a client.
        var stopping = Task.Factory.StartNew(
            () =>
            {
                while (opened.TryPop(out var close))
                    close();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (!stopping.Wait(_settings.StopTimeout))
            _log.CloseTimedOut();
    }

    private CoPartitioning Layout(TopicNames topics)
    {
        using var admin = _clients.OpenAdmin();
        var metadata = admin.GetMetadata(MetadataTimeout);
        return CoPartitioning.Of(topics, metadata.Topics.Where(t => !t.Error.IsError).ToDictionary(t => t.Topic, t => t.Partitions.Count));
    }

    private static bool Prepare(RecordEncoder<Enrichment> encoder, CancellationToken cancellationToken)
    {
        encoder.PrepareAsync(cancellationToken).GetAwaiter().GetResult();
        return true;
    }

    private void ReadTables(TableReader tables, CancellationToken cancellationToken)
    {
        var idle = Stopwatch.StartNew();
        var read = 0L;
        while (!tables.CatchUp(TimeSpan.FromMilliseconds(100)))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (tables.Records > read)
                (read, idle) = (tables.Records, Stopwatch.StartNew());
            if (idle.Elapsed > _settings.StartTimeout)
                throw new BrokerUnavailableException($"the tables' topics could not be read within {_settings.StartTimeout}: {(tables.RegistryIsDown ? "the schema registry does not answer" : "Kafka does not answer")}");
        }
        _log.TablesRead(tables.Records);
    }

    /// <summary>Tries again while Kafka or the registry is not there yet, for as long as the start may take.</summary>
    private T Patiently<T>(Func<T> attempt, CancellationToken cancellationToken)
    {
        var waited = Stopwatch.StartNew();
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                return attempt();
            }
            catch (Exception e) when (e is SchemaRegistryDeniedException or SchemaRejectedException)
            {
                throw new KafkaSettingsException(e.Message, e);
            }
            catch (Exception e) when (e is SchemaRegistryUnavailableException or KafkaException { Error.IsFatal: false })
            {
                if (waited.Elapsed > _settings.StartTimeout)
                    throw new BrokerUnavailableException($"start given up after {_settings.StartTimeout}: {e.Message}", e);
                _log.StartWaits(e.Message);
            }
            cancellationToken.WaitHandle.WaitOne(RetryPause);
        }
    }
}

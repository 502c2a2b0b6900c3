using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>Joins deployments and alerts as they come in and writes the answers: exactly once.</summary>
/// <remarks>
/// Any number of workers of one group share the partitions, and within a worker any number of threads do. State is in memory and rebuilt from the topics;
/// after a crash no answer that counts is missing or there twice, because answers and offsets are committed in one transaction.
/// </remarks>
public sealed class Worker
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MetadataTimeout = TimeSpan.FromSeconds(5);

    private readonly WorkerSettings _settings;
    private static int s_workers;

    // A process may have more than one, and no two may write under the same transactional id.
    private readonly int _number = Interlocked.Increment(ref s_workers);
    private readonly KafkaClients _clients;
    private readonly ILogger _log;
    private volatile WorkerThread[] _threads = [];
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
    public WorkerState State => _state is WorkerState.Running && _threads.Length > 0 ? _threads.MaxBy(t => t.State.Weight())!.State : _state;

    /// <summary>How many records wait in memory to be applied; bounded by <see cref="WorkerSettings.BufferRecordsMax"/> for each partition.</summary>
    public int Buffered => _threads.Sum(t => t.Status.Pairs.Sum(p => p.BufferedRecords));

    /// <summary>Whether it works: partitions it has are restored, and nothing it needs is away. One that was given no partition has nothing to wait for.</summary>
    public bool IsReady => State == WorkerState.Running;

    /// <summary>Whether it can go on by itself: it has not failed and is not stopped.</summary>
    public bool IsAlive => _state is not (WorkerState.Failed or WorkerState.Stopped);

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
        // One that fails takes the others along: a process that works on in part is no good to those who watch it.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _threads = [.. Enumerable.Range(0, _settings.Threads).Select(i => new WorkerThread(_settings, _clients, registry, encoder, layout, TransactionalId(i), _log, cancellationToken))];
        _state = WorkerState.Running;
        Task[] running = [.. _threads.Select(t => Task.Factory.StartNew(() => Run(t, end), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        try
        {
            Task.WaitAll(running, CancellationToken.None);
        }
        catch (AggregateException e)
        {
            var first = e.InnerExceptions.FirstOrDefault(x => x is not OperationCanceledException) ?? e.InnerExceptions[0];
            ExceptionDispatchInfo.Throw(first);
        }
    }

    private static void Run(WorkerThread thread, CancellationTokenSource end)
    {
        try
        {
            thread.Run(end.Token);
        }
        catch
        {
            end.Cancel();
            throw;
        }
    }

    private string TransactionalId(int thread) =>
        $"{_settings.TransactionalId ?? $"{_settings.Kafka.GroupId}-{_settings.Kafka.GroupInstanceId ?? $"{Environment.MachineName}-{Environment.ProcessId}-{_number}"}"}-{thread}";

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

using System.Diagnostics;
using Confluent.Kafka;
using Microsoft.Extensions.Logging;
using StreamDeploy.Schemas;

namespace StreamDeploy.Connectors.Kafka;

/// <summary>One thread of a worker: a member of the group with its own consumer, producer, tables and tasks. Threads share nothing that changes.</summary>
internal sealed class WorkerThread(
    WorkerSettings settings, KafkaClients clients, SchemaRegistryClient registry, RecordEncoder<Enrichment> encoder, CoPartitioning layout, string transactionalId,
    ILogger log, CancellationToken stopping) : IWorkerKafka
{
    private volatile WorkerLoop? _loop;
    private volatile WorkerState _state = WorkerState.ReadingTables;

    public WorkerState State => _state is WorkerState.Running && _loop is { } loop ? loop.State : _state;

    public LoopStatus Status => _loop?.Status ?? new([]);

    public TopicNames Topics => settings.Kafka.Topics;

    /// <summary>Works until it is cancelled.</summary>
    public void Run(CancellationToken cancellationToken)
    {
        // The first to be opened is the last to be closed.
        var opened = new Stack<Action>();
        try
        {
            var topics = settings.Kafka.Topics;
            var tables = new TableReader(OpenReader(), topics, registry, layout.Tables, TimeProvider.System, log);
            opened.Push(tables.Dispose);
            ReadTables(tables, cancellationToken);
            var loop = Loop(tables);
            opened.Push(() => loop.Stop(finish: stopping.IsCancellationRequested));
            (_loop, _state) = (loop, WorkerState.Running);
            loop.Begin();
            WorkerMetrics.Add(this);
            while (!cancellationToken.IsCancellationRequested)
                loop.Turn(loop.Rest(), cancellationToken);
        }
        finally
        {
            WorkerMetrics.Remove(this);
            _state = WorkerState.Stopping;
            Stop(opened);
            _state = WorkerState.Stopped;
        }
    }

    public IGroupInput OpenInput(IPolled polled) => new NativeInput(clients, member: !settings.AssignAll, polled);

    public IBatchWriter OpenWriter(IGroupInput input)
    {
        if (settings.AtLeastOnce)
        {
            var writer = new AtLeastOnceWriter(clients.OpenProducer(), ((NativeInput)input).Consumer, settings.Kafka.DeliveryTimeout);
            return new BackgroundWriter(writer.Write, writer.Close);
        }
        var transactional = new TransactionalWriter(clients, transactionalId, settings.Kafka.DeliveryTimeout, log, settings.OnCommitStep);
        return new BackgroundWriter(transactional.Write, transactional.Close);
    }

    public IConsumer<byte[]?, byte[]?> OpenReader() => clients.OpenConsumer();

    private WorkerLoop Loop(TableReader tables)
    {
        var (topics, join) = (settings.Kafka.Topics, settings.Join);
        var deployments = Sources.Deployments(topics, registry, layout.Partitions, join);
        var alerts = Sources.Alerts(topics, registry, layout.Partitions, join);
        return new(settings, this, deployments, alerts, layout.Partitions, tables, encoder, Task.Run, TimeProvider.System, log);
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
            if (idle.Elapsed > settings.StartTimeout)
                throw new BrokerUnavailableException($"the tables' topics could not be read within {settings.StartTimeout}: {(tables.RegistryIsDown ? "the schema registry does not answer" : "Kafka does not answer")}");
        }
        log.TablesRead(tables.Records);
    }

    /// <summary>Ends within the limit even where Kafka does not answer: then the session times out, and what was not committed is answered again.</summary>
    private void Stop(Stack<Action> opened)
    {
        // Not on this thread, because leaving a group cannot be given a limit, nor can the closing of a client.
        var closing = Task.Factory.StartNew(
            () =>
            {
                while (opened.TryPop(out var close))
                    close();
            },
            CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (!closing.Wait(settings.StopTimeout))
            log.CloseTimedOut();
    }
}

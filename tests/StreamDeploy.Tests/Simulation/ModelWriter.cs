using Confluent.Kafka;
using StreamDeploy.Connectors.Kafka;

namespace StreamDeploy.Tests.Simulation;

/// <summary>Writes batches to the model in the steps of <see cref="TransactionalWriter"/>; between any two anything may happen, to it too.</summary>
/// <param name="meanwhile">Has the rest of the world go on while the worker waits.</param>
internal sealed class ModelWriter(
    Random random, SimulatedClock clock, ModelBroker broker, ModelLink link, string transactionalId, TimeSpan limit, Action meanwhile, Action<string> trace) : IBatchWriter
{
    private enum Stage { Open, Produce, Offsets, Commit, Abort, Done }

    private Batch? _batch;
    private Stage _stage;
    private string? _failure;
    private long _sinceMs;
    private int _sent;
    private int _sending;
    private ModelReply? _reply;
    // The producer: null until its id is initialised, and again when it was given up.
    private int? _epoch;
    private long _number;

    public bool IsBusy => _batch is not null;

    public void Start(Batch batch)
    {
        if (_batch is not null)
            throw new InvalidOperationException("a batch is under way");
        (_batch, _failure, _sent, _sinceMs, _reply) = (batch, null, 0, clock.NowMs, null);
        _stage = _epoch is null ? Stage.Open : Begin();
    }

    public bool Wait(TimeSpan patience)
    {
        if (_batch is null)
            return true;
        for (var untilMs = clock.NowMs + (long)patience.TotalMilliseconds; _stage != Stage.Done && clock.NowMs < untilMs;)
        {
            meanwhile();
            Step();
        }
        if (_stage != Stage.Done)
            return false;
        _batch = null;
        return _failure is null ? true : throw new BrokerUnavailableException(_failure);
    }

    public void Dispose()
    {
    }

    /// <summary>Sends a request or looks for its answer.</summary>
    public void Step()
    {
        if (_batch is not { } batch || _stage == Stage.Done)
            return;
        if (clock.NowMs - _sinceMs > limit.TotalMilliseconds)
        {
            // The producer is closed. What became of its last request nobody knows.
            _epoch = null;
            End(_failure ?? $"no answer in stage {_stage}");
            return;
        }
        _reply ??= broker.Send(link, Request(batch));
        if (_reply.Answer is { } answer)
        {
            var epoch = _reply.Epoch;
            _reply = null;
            GoOn(batch, answer, epoch);
        }
        else if (random.Next(8) == 0)
        {
            _reply = null;
        }
    }

    private Func<(ModelAnswer, int)> Request(Batch batch)
    {
        var (epoch, number, from) = (_epoch ?? -1, _number, _sent);
        switch (_stage)
        {
            case Stage.Open:
                return () => (broker.Transactions.Init(transactionalId, out var initialised), initialised);
            case Stage.Produce:
                _sending = random.Next(1, batch.Records.Count - from + 1);
                var messages = Enumerable.Range(from, _sending).Select(i => Message(batch, batch.Records[i])).ToList();
                return () => In(epoch, number, t => messages.Select((m, i) => broker.Produce(t, from + i, m.To, m.Message)).Last());
            case Stage.Offsets:
                var (group, offsets) = ((ModelMembership?)batch.Group, batch.Offsets.ToList());
                return () => In(epoch, number, t => broker.Group.Commit(group, t, offsets));
            default:
                var commit = _stage == Stage.Commit;
                return () => broker.Transactions.Known(transactionalId, epoch, number) is { } t ? (broker.Transactions.End(t, commit), -1) : (ModelAnswer.Fenced, -1);
        }
    }

    private (ModelAnswer, int) In(int epoch, long number, Func<ModelTransaction, ModelAnswer> act)
    {
        var answer = broker.Transactions.Ongoing(transactionalId, epoch, number, out var transaction);
        return (answer == ModelAnswer.Ok ? act(transaction!) : answer, -1);
    }

    private void GoOn(Batch batch, ModelAnswer answer, int epoch)
    {
        switch (answer)
        {
            case ModelAnswer.Retry:
                return;
            case ModelAnswer.Fenced:
                _epoch = null;
                End(_failure ?? $"fenced in stage {_stage}");
                return;
            case ModelAnswer.Refused:
                (_stage, _failure, _sinceMs) = (Stage.Abort, "the offsets were refused", clock.NowMs);
                return;
        }
        if (_stage == Stage.Open)
            _epoch = epoch;
        else if (_stage == Stage.Produce)
            _sent += _sending;
        _stage = _stage switch
        {
            Stage.Open => Begin(),
            Stage.Produce when _sent < batch.Records.Count => Stage.Produce,
            Stage.Produce when batch.Offsets.Count > 0 => Stage.Offsets,
            Stage.Produce or Stage.Offsets => Stage.Commit,
            _ => Stage.Done,
        };
        if (_stage == Stage.Done)
            End(_failure);
    }

    private Stage Begin()
    {
        var batch = _batch!;
        if (batch.Records.Count == 0 && batch.Offsets.Count == 0)
            return Stage.Done;
        _number++;
        return batch.Records.Count > 0 ? Stage.Produce : Stage.Offsets;
    }

    private void End(string? failure)
    {
        (_stage, _failure) = (Stage.Done, failure);
        if (failure is not null)
            trace($"{transactionalId}: batch failed: {failure}");
    }

    private static (TopicPartition To, Message<byte[]?, byte[]?> Message) Message(Batch batch, BatchRecord record)
    {
        var to = new TopicPartition(record.Topic, record.Partition < 0 ? 0 : record.Partition);
        return (to, record.Message ?? new()
        {
            Key = batch.Written.Slice(record.Start, record.KeyLength).ToArray(),
            Value = batch.Written.Slice(record.Start + record.KeyLength, record.ValueLength).ToArray(),
        });
    }
}

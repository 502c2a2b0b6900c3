using Confluent.Kafka;

namespace StreamDeploy.Tests.Simulation;

internal enum ModelAnswer { Ok, Retry, Refused, Fenced }

/// <summary>What a request comes back with, if it does.</summary>
internal sealed class ModelReply
{
    public ModelAnswer? Answer { get; set; }
    public int Epoch { get; set; }
}

/// <summary>A worker's way to the broker.</summary>
internal sealed class ModelLink
{
    public bool IsCut { get; set; }
}

/// <summary>What can go wrong with requests in a history.</summary>
/// <param name="LostPercent">Of a hundred requests so many are lost, and of as many the answer is.</param>
/// <param name="DelayedPercent">So many are carried out later, perhaps when nobody waits for them any more.</param>
internal sealed record ModelWeather(int LostPercent, int DelayedPercent);

/// <summary>A Kafka cluster: logs, transactions, a consumer group. One thread; everything by the history's chance.</summary>
internal sealed class ModelBroker
{
    private readonly Random _random;
    private readonly SimulatedClock _clock;
    private readonly Dictionary<TopicPartition, ModelLog> _logs = [];
    private readonly List<Action> _underWay = [];

    public ModelBroker(
        Random random, SimulatedClock clock, IReadOnlyList<(string Topic, int Partitions)> topics, (IReadOnlyList<string> Topics, int Partitions, bool Eager) group,
        long sessionMs, long transactionMs, Action<string> trace)
    {
        (_random, _clock) = (random, clock);
        foreach (var (topic, partitions) in topics)
        {
            for (var p = 0; p < partitions; p++)
                _logs.Add(new(topic, p), new(new(topic, p)));
        }
        Group = new(clock, group.Topics, group.Partitions, group.Eager, sessionMs, Offsets, trace);
        Transactions = new(random, clock, Offsets, transactionMs, (log, t) => log.Mark(t, ArrivalMs, ArrivalMs), trace);
    }

    public ModelOffsets Offsets { get; } = new();
    public ModelGroup Group { get; }
    public ModelTransactions Transactions { get; }
    public IEnumerable<ModelLog> Logs => _logs.Values;

    /// <summary>Now, on the clock of the log that is replayed: that of the record that came last.</summary>
    public long ArrivalMs { get; set; }

    /// <summary>Nothing answers and nothing goes on.</summary>
    public bool IsDown { get; set; }

    /// <summary>Coordinators say: try again.</summary>
    public bool IsLoading { get; set; }

    public ModelWeather Weather { get; set; } = new(0, 0);

    public ModelLog this[TopicPartition partition] => _logs[partition];

    public IEnumerable<ModelLog> Of(string topic) => _logs.Values.Where(l => l.Partition.Topic == topic);

    public bool Reaches(ModelLink link) => !IsDown && !link.IsCut;

    /// <summary>Has it carried out: now, later or never; the sender may or may not hear of it.</summary>
    public ModelReply Send(ModelLink link, Func<(ModelAnswer Answer, int Epoch)> request)
    {
        var reply = new ModelReply();
        if (!Reaches(link) || _random.Next(100) < Weather.LostPercent)
            return reply;
        if (_random.Next(100) < Weather.DelayedPercent)
            _underWay.Add(CarryOut);
        else
            CarryOut();
        return reply;

        void CarryOut()
        {
            var (answer, epoch) = IsLoading ? (ModelAnswer.Retry, -1) : request();
            if (Reaches(link) && _random.Next(100) >= Weather.LostPercent)
                (reply.Answer, reply.Epoch) = (answer, epoch);
        }
    }

    public void Tick()
    {
        if (IsDown)
            return;
        if (_underWay.Count > 0 && _random.Next(4) == 0)
        {
            var i = _random.Next(_underWay.Count);
            var request = _underWay[i];
            _underWay.RemoveAt(i);
            request();
        }
        Transactions.Tick();
        Group.Tick();
    }

    /// <summary>Whether nothing is under way and every transaction has ended.</summary>
    public bool IsQuiet => _underWay.Count == 0 && Transactions.IsQuiet;

    public ModelAnswer Produce(ModelTransaction transaction, int number, TopicPartition to, Message<byte[]?, byte[]?> message)
    {
        // An idempotent producer: what is sent again is known by its number.
        if (number < transaction.Received)
            return ModelAnswer.Ok;
        transaction.Received = number + 1;
        var log = _logs[to];
        if (!transaction.Unmarked.Contains(log))
            transaction.Unmarked.Add(log);
        var timestampMs = message.Timestamp.Type == TimestampType.NotAvailable ? ArrivalMs : message.Timestamp.UnixTimestampMs;
        log.Append(message, timestampMs, ArrivalMs, transaction: transaction);
        return ModelAnswer.Ok;
    }
}

using Confluent.Kafka;

namespace StreamDeploy.Tests.Simulation;

/// <summary>Who commits offsets: which member, and as of which epoch or generation.</summary>
internal sealed record ModelMembership(string MemberId, int Epoch) : IConsumerGroupMetadata;

/// <summary>What the group says to a member that reports.</summary>
internal enum GroupWord { Nothing, Lost, Revoke, Assign }

/// <summary>The consumer group: members come, go and time out; both topics' partitions are shared out by ranges.</summary>
/// <remarks>
/// Incremental as of KIP-848: only what moves is taken away, and its new owner gets it when the old one has given it up or is fenced. Eager as of the classic
/// protocol: everyone gives everything up, and when all have joined again, or have timed out, there is a new generation.
/// </remarks>
internal sealed class ModelGroup(SimulatedClock clock, IReadOnlyList<string> topics, int partitions, bool eager, long sessionMs, ModelOffsets offsets, Action<string> trace)
{
    private readonly SortedDictionary<string, Member> _members = new(StringComparer.Ordinal);
    private int _epoch;
    private bool _joining;

    private sealed class Member
    {
        public required long HeardMs { get; set; }
        public int Epoch { get; set; }
        public bool HasJoined { get; set; }
        public bool IsTold { get; set; }
        public SortedSet<TopicPartition> Owned { get; } = [];
    }

    public int Members => _members.Count;

    public void Join(string id)
    {
        _members[id] = new() { HeardMs = clock.NowMs, HasJoined = true };
        Change($"{id} joins");
    }

    public void Leave(string id)
    {
        if (_members.Remove(id))
            Change($"{id} leaves");
    }

    public void Tick()
    {
        foreach (var (id, _) in _members.Where(m => clock.NowMs - m.Value.HeardMs > sessionMs).ToList())
        {
            _members.Remove(id);
            Change($"{id} is lost");
        }
        if (_joining && _members.Count > 0 && _members.Values.All(m => m.HasJoined))
            Share();
    }

    public GroupWord Report(string id, out IReadOnlyList<TopicPartition> moved, out int epoch)
    {
        (moved, epoch) = ([], -1);
        if (!_members.TryGetValue(id, out var member))
            return GroupWord.Lost;
        member.HeardMs = clock.NowMs;
        var word = eager ? ReportEagerly(id, member, out moved) : ReportIncrementally(id, member, out moved);
        epoch = member.Epoch;
        return word;
    }

    /// <summary>The member has given them up.</summary>
    public void GaveUp(string id, IReadOnlyList<TopicPartition> partitions)
    {
        if (!_members.TryGetValue(id, out var member))
            return;
        member.HeardMs = clock.NowMs;
        member.Owned.ExceptWith(partitions);
        if (eager)
            member.HasJoined = true;
    }

    /// <summary>Whether the offsets of a transaction are taken: not from one that is no member, nor as of an epoch that has passed.</summary>
    public ModelAnswer Commit(ModelMembership? by, ModelTransaction transaction, IReadOnlyList<TopicPartitionOffset> of)
    {
        if (by is null || !_members.TryGetValue(by.MemberId, out var member) || by.Epoch != (eager ? _epoch : member.Epoch))
        {
            trace($"{transaction}: offsets refused, {by} is not a member as of now");
            return ModelAnswer.Refused;
        }
        offsets.Add(transaction, of);
        return ModelAnswer.Ok;
    }

    private void Change(string what)
    {
        trace($"group: {what}");
        if (eager)
        {
            _joining = true;
            foreach (var member in _members.Values)
            {
                // Of what it has not been told of it has nothing to give up.
                if (!member.IsTold)
                    member.Owned.Clear();
                member.HasJoined = member.Owned.Count == 0;
            }
        }
        else
        {
            _epoch++;
        }
    }

    private void Share()
    {
        _joining = false;
        _epoch++;
        foreach (var (id, member) in _members)
        {
            member.Owned.UnionWith(Target(id));
            member.IsTold = false;
        }
    }

    private GroupWord ReportEagerly(string id, Member member, out IReadOnlyList<TopicPartition> moved)
    {
        moved = [];
        if (_joining)
        {
            moved = [.. member.Owned];
            member.HasJoined |= moved.Count == 0;
            return moved.Count > 0 ? GroupWord.Revoke : GroupWord.Nothing;
        }
        if (member.IsTold || !member.HasJoined)
            return GroupWord.Nothing;
        member.IsTold = true;
        member.Epoch = _epoch;
        moved = [.. member.Owned];
        trace($"group: {id} is given {string.Join(' ', moved)} as of {_epoch}");
        return moved.Count > 0 ? GroupWord.Assign : GroupWord.Nothing;
    }

    private GroupWord ReportIncrementally(string id, Member member, out IReadOnlyList<TopicPartition> moved)
    {
        var target = Target(id);
        moved = [.. member.Owned.Except(target)];
        if (moved.Count > 0)
            return GroupWord.Revoke;
        member.Epoch = _epoch;
        moved = [.. target.Where(p => _members.Values.All(m => !m.Owned.Contains(p)))];
        member.Owned.UnionWith(moved);
        if (moved.Count > 0)
            trace($"group: {id} is given {string.Join(' ', moved)} as of {_epoch}");
        return moved.Count > 0 ? GroupWord.Assign : GroupWord.Nothing;
    }

    private List<TopicPartition> Target(string id)
    {
        var rank = _members.Keys.TakeWhile(m => m != id).Count();
        var (each, more) = (partitions / _members.Count, partitions % _members.Count);
        var first = rank * each + Math.Min(rank, more);
        return [.. topics.SelectMany(t => Enumerable.Range(first, each + (rank < more ? 1 : 0)).Select(p => new TopicPartition(t, p)))];
    }
}

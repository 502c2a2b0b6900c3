using StreamDeploy.Schemas;

namespace StreamDeploy.Topology;

/// <summary>The state of a task as bytes.</summary>
/// <remarks>Written and read by one version of the program: a state that another version wrote is refused, and rebuilt from the topics instead.</remarks>
internal static class Snapshot
{
    private const int Format = 2;

    public static void Write(BinaryWriter writer, long streamTimeMs, WindowedJoin join)
    {
        writer.Write(Format);
        writer.Write(streamTimeMs);
        WriteAll(writer, [.. join.States], account =>
        {
            writer.Write(account.AccountId);
            WriteAll(writer, account.Deployments.ToArray(), row => Write(writer, join.Store, row.Deployment));
            WriteAll(writer, account.Alerts, alert => Write(writer, join.Store, alert));
        });
        WriteAll(writer, join.Dirty, alert =>
        {
            writer.Write(alert.AccountId);
            writer.Write(alert.AlertId);
            writer.Write(alert.OccurredAtMs);
        });
    }

    public static long Read(BinaryReader reader, WindowedJoin join)
    {
        var format = reader.ReadInt32();
        if (format != Format) throw new InvalidDataException($"The state has format {format}, but this program reads format {Format}.");
        var streamTimeMs = reader.ReadInt64();
        ReadAll(reader, () =>
        {
            var account = join.Account(reader.ReadString());
            var deployments = new Dictionary<(long, string), int>();
            ReadAll(reader, () => ReadDeployment(reader, join, account, deployments));
            ReadAll(reader, () => join.Open(account, ReadAlert(reader, account.AccountId, deployments)));
        });
        ReadAll(reader, () => join.MarkDirty(join.Account(reader.ReadString()).Find(reader.ReadString(), reader.ReadInt64())
            ?? throw new InvalidDataException("The state names a changed alert that it does not hold.")));
        join.ResumeAt(streamTimeMs);
        return streamTimeMs;
    }

    private static void Write(BinaryWriter writer, DeploymentStore store, int deployment)
    {
        writer.Write(store.Deployment(deployment).PipelineId);
        writer.Write(store.IdOf(deployment));
        var events = new List<int>();
        for (var e = store.Deployment(deployment).Latest; e >= 0; e = store.Event(e).Older) events.Add(e);
        WriteAll(writer, events, number =>
        {
            var e = store.Event(number);
            writer.Write(e.OccurredAtMs);
            writer.Write(e.StartMs);
            writer.Write(e.EndMs);
            writer.Write((byte)e.Kind);
            writer.Write((byte)e.Status);
            writer.Write(store.TextOf(number, EventText.EventId)!);
            foreach (var name in new[] { e.Service, e.Environment, e.Repository, e.Commit }) WriteText(writer, store.Names.Text(name));
            foreach (var text in new[] { EventText.Summary, EventText.Version, EventText.Link }) WriteText(writer, store.TextOf(number, text));
        });
    }

    private static void ReadDeployment(BinaryReader reader, WindowedJoin join, AccountState account, Dictionary<(long, string), int> deployments)
    {
        var pipelineId = reader.ReadInt64();
        var deploymentId = reader.ReadString();
        ReadAll(reader, () =>
        {
            var added = new DeploymentEvent
            {
                OccurredAtMs = reader.ReadInt64(),
                StartMs = reader.ReadInt64(),
                EndMs = reader.ReadInt64(),
                Kind = (DeploymentKind)reader.ReadByte(),
                Status = (DeploymentStatus)reader.ReadByte(),
            };
            var texts = new DeploymentTexts
            {
                EventId = reader.ReadString(),
                Service = ReadText(reader),
                Environment = ReadText(reader),
                Repository = ReadText(reader),
                Commit = ReadText(reader),
                Summary = ReadText(reader),
                Version = ReadText(reader),
                Link = ReadText(reader),
            };
            deployments[(pipelineId, deploymentId)] = join.Add(account, pipelineId, deploymentId, added, texts);
        });
    }

    private static void Write(BinaryWriter writer, DeploymentStore store, AlertHistory alert)
    {
        writer.Write(alert.AlertId);
        writer.Write(alert.OccurredAtMs);
        writer.Write(alert.Revision);
        var gist = alert.Emitted;
        writer.Write((byte)gist.Outcome);
        writer.Write((sbyte)(gist.Reason is { } reason ? (int)reason : -1));
        writer.Write((byte)gist.Scope);
        foreach (var place in new[] { gist.First, gist.Second, gist.Third })
        {
            writer.Write(place.Number > 0);
            if (place.Number == 0) continue;
            writer.Write(store.Deployment(place.Number - 1).PipelineId);
            writer.Write(store.IdOf(place.Number - 1));
            writer.Write((byte)place.Status);
            writer.Write((byte)place.Relation);
        }
        WriteAll(writer, alert.Events, e =>
        {
            writer.Write(e.EventId);
            writer.Write(e.UpdatedAtMs);
            writer.Write(e.Summary);
            WriteText(writer, e.Service);
            WriteText(writer, e.Environment);
            WriteId(writer, e.AlertSourceId);
            WriteId(writer, e.EscalationPolicyId);
            WriteAll(writer, e.TeamIds, writer.Write);
        });
    }

    private static AlertHistory ReadAlert(BinaryReader reader, string accountId, Dictionary<(long, string), int> deployments)
    {
        var alert = new AlertHistory(accountId, reader.ReadString(), reader.ReadInt64()) { Revision = reader.ReadInt64() };
        alert.Emitted = new Gist((Outcome)reader.ReadByte(), reader.ReadSByte() is var reason and >= 0 ? (NoSuspectReason)reason : null,
            (ScopeKind)reader.ReadByte(), ReadPlace(reader, deployments), ReadPlace(reader, deployments), ReadPlace(reader, deployments));
        ReadAll(reader, () =>
        {
            alert.Add(new Alert
            {
                AccountId = accountId,
                AlertId = alert.AlertId,
                OccurredAtMs = alert.OccurredAtMs,
                EventId = reader.ReadString(),
                UpdatedAtMs = reader.ReadInt64(),
                Summary = reader.ReadString(),
                Service = ReadText(reader),
                Environment = ReadText(reader),
                AlertSourceId = ReadId(reader),
                EscalationPolicyId = ReadId(reader),
                TeamIds = ReadIds(reader),
            });
        });
        return alert;
    }

    private static Gist.Place ReadPlace(BinaryReader reader, Dictionary<(long, string), int> deployments)
    {
        if (!reader.ReadBoolean()) return default;
        var number = deployments.TryGetValue((reader.ReadInt64(), reader.ReadString()), out var found)
            ? found + 1 : throw new InvalidDataException("The state names a suspect that it does not hold.");
        return new(number, (DeploymentStatus)reader.ReadByte(), (Relation)reader.ReadByte());
    }

    private static long[] ReadIds(BinaryReader reader)
    {
        var ids = new List<long>();
        ReadAll(reader, () => ids.Add(reader.ReadInt64()));
        return [.. ids];
    }

    private static void WriteAll<T>(BinaryWriter writer, IReadOnlyCollection<T> items, Action<T> write)
    {
        writer.Write(items.Count);
        foreach (var item in items) write(item);
    }

    private static void ReadAll(BinaryReader reader, Action read)
    {
        for (var left = reader.ReadInt32(); left > 0; left--) read();
    }

    private static void WriteText(BinaryWriter writer, string? text)
    {
        writer.Write(text is not null);
        if (text is not null) writer.Write(text);
    }

    private static string? ReadText(BinaryReader reader) => reader.ReadBoolean() ? reader.ReadString() : null;

    private static void WriteId(BinaryWriter writer, long? id)
    {
        writer.Write(id.HasValue);
        writer.Write(id ?? 0);
    }

    private static long? ReadId(BinaryReader reader) => (reader.ReadBoolean(), reader.ReadInt64()) is (true, var id) ? id : null;
}

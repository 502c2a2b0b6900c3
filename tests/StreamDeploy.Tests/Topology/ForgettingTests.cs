using StreamDeploy.Schemas;
using StreamDeploy.Topology;
using static StreamDeploy.Tests.Some;

namespace StreamDeploy.Tests.Topology;

/// <summary>What is past its time, to the millisecond. The laws found the cases that this states.</summary>
public sealed class ForgettingTests
{
    // beforeMax + settle + grace.
    private const long Kept = 27 * Hour;

    [Theory]
    [InlineData(Kept, false, Verdict.Duplicate)]
    [InlineData(Kept, true, Verdict.Duplicate)]
    [InlineData(Kept + 1, false, Verdict.Applied)]
    [InlineData(Kept + 1, true, Verdict.Applied)]
    public void An_event_id_is_forgotten_when_its_event_is_past_its_time_whether_the_task_was_saved_or_not(long afterMs, bool saved, Verdict verdict)
    {
        var task = new CorrelationTask(new JoinSettings(), new Tables());
        OnDeployment(task, Some.Deployment("d1", Noon, eventId: "e"));
        // The first of these two makes the join sweep, the second comes too soon after it for another sweep.
        OnDeployment(task, Some.Deployment("d2", Noon + Kept));
        OnDeployment(task, Some.Deployment("d3", Noon + afterMs));
        if (saved)
            task = SavedAndRestored(task);

        Assert.Equal(verdict, OnDeployment(task, Some.Deployment("d1", Noon + afterMs, eventId: "e")));
    }

    [Fact]
    public void Tables_keep_every_version_while_a_task_has_no_stream_time()
    {
        var tables = new Tables();
        tables.Put(Some.Pipeline(1, teamIds: 7), Noon - Hour, offset: 0);
        tables.Put(Some.Pipeline(1, teamIds: 8), Noon + Hour, offset: 1);
        var task = new CorrelationTask(new JoinSettings(), tables);
        List<Enrichment> output = [];

        tables.Prune(new JoinSettings(), task.StreamTimeMs);
        task.OnAlert(Some.Alert() with { TeamIds = [7] }, Noon, output);

        Assert.Equal(ScopeKind.TEAM, output.Single().Scope);
    }

    private static Verdict OnDeployment(CorrelationTask task, Deployment deployment) => task.OnDeployment(deployment, deployment.OccurredAtMs, []);

    private static CorrelationTask SavedAndRestored(CorrelationTask task)
    {
        var bytes = new MemoryStream();
        using (var writer = new BinaryWriter(bytes, System.Text.Encoding.UTF8, leaveOpen: true))
            task.Save(writer);
        bytes.Position = 0;
        using var reader = new BinaryReader(bytes);
        return CorrelationTask.Restore(reader, new JoinSettings(), new Tables());
    }
}

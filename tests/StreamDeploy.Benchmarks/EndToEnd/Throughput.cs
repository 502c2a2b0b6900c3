using StreamDeploy.Benchmarks.EndToEnd.Children;

namespace StreamDeploy.Benchmarks.EndToEnd;

/// <summary>The worker over a shape's records, and the floors beside it, each in a process of its own.</summary>
internal sealed class Throughput(Cluster cluster, BenchSettings settings, SourceTopics source)
{
    private static readonly TimeSpan RequestLimit = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _limit = settings.WorkLimit;

    public Cost Consume(CancellationToken cancellationToken) => Floor("consume", "", cancellationToken);

    public async Task<Cost> PassthroughAsync(CancellationToken cancellationToken)
    {
        var output = source.Settings.TopicPrefix + "passthrough";
        await cluster.CreateAsync(output, cancellationToken);
        var cost = Floor("passthrough", output, cancellationToken);
        var written = cluster.RecordsIn(output);
        if (written != settings.Records) throw new BenchException($"the passthrough wrote {written} of {settings.Records} records");
        await cluster.DeleteAsync(output, cancellationToken);
        return cost;
    }

    /// <summary>The output is read and compared before the figures count; then the next run finds an empty topic.</summary>
    /// <param name="restores">Where not null, how fast a new worker takes the group's state up again is measured as well.</param>
    public async Task<(Cost Cost, AnswerCount Answers)> WorkerAsync(string group, List<Restored>? restores, CancellationToken cancellationToken)
    {
        var order = cluster.Order(source.Settings, group, settings) with { Records = settings.Records };
        var cost = Worker(order, cancellationToken);
        var answers = new OutputCheck(cluster, source).Run(cancellationToken);
        if (restores is not null) restores.Add(Restore(order with { Records = 0 }, cancellationToken));
        await cluster.EmptyAsync(source.Settings.Topics.Enrichments, cancellationToken);
        return (cost, answers);
    }

    private Cost Floor(string verb, string output, CancellationToken cancellationToken)
    {
        using var child = new Child(verb, cluster.Order(source.Settings, verb, settings) with { Records = settings.Records, OutputTopic = output });
        var cost = child.Read(_limit, cancellationToken).Cost!;
        child.Join();
        return cost;
    }

    private Cost Worker(ChildOrder order, CancellationToken cancellationToken)
    {
        using var committed = cluster.Consumer(order.Group);
        using var child = new Child("worker", order);
        child.Read(_limit, cancellationToken);
        cluster.WaitForCommit(committed, source.Settings.Topics, settings.Records, _limit, cancellationToken);
        child.TellEnd();
        var cost = child.Read(RequestLimit, cancellationToken).Cost!;
        child.Join();
        return cost;
    }

    private Restored Restore(ChildOrder order, CancellationToken cancellationToken)
    {
        using var child = new Child("worker", order);
        var restored = child.Read(_limit, cancellationToken).Restored!;
        child.TellEnd();
        child.Join();
        return restored;
    }
}

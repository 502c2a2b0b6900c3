using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Logging;
using StreamDeploy.Connectors.Kafka;
using StreamDeploy.Topology;

namespace StreamDeploy.Connectors.LiveView.Claims;

/// <summary>Answers what a claim would hide, from the topics: it takes seconds, so of an account one at a time, of all a few, and none for long.</summary>
internal sealed class ClaimDryRun(LiveData data, ILoggerFactory logs)
{
    private const long SpanMs = 24 * 3_600_000;
    private const int AtOnceMax = 2;

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly ConcurrentDictionary<string, bool> _running = new(StringComparer.Ordinal);
    private int _count;

    /// <returns>The result, or why there is none.</returns>
    public async Task<(DryRunResult? Result, string? Problem)> RunAsync(string accountId, long teamId, IReadOnlyList<long> pipelineIds, CancellationToken cancellationToken)
    {
        if (!_running.TryAdd(accountId, true))
            return (null, "Somebody of this account is asking already: try again when that is answered.");
        try
        {
            if (Interlocked.Increment(ref _count) > AtOnceMax)
                return (null, "Others are asking now: try again in a moment.");
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(Limit);
            // Reading blocks.
            return (await Task.Factory.StartNew(() => Compare(accountId, teamId, pipelineIds, limit.Token), limit.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"There is more to read than {Limit.TotalSeconds:0} seconds allow. Ask on the command line: streamdeploy claim --dry-run.");
        }
        catch (Exception e) when (e is BrokerUnavailableException or SchemaRegistryUnavailableException or SchemaRegistryDeniedException)
        {
            return (null, "The topics cannot be read now: try again in a moment.");
        }
        finally
        {
            Interlocked.Decrement(ref _count);
            _running.TryRemove(accountId, out _);
        }
    }

    private DryRunResult Compare(string accountId, long teamId, IReadOnlyList<long> pipelineIds, CancellationToken stop)
    {
        var began = Stopwatch.GetTimestamp();
        using var log = RetainedLog.Open(data.Kafka, logs);
        var tables = new ClaimTables(accountId, teamId, pipelineIds);
        log.ReadTables(change =>
        {
            if (change.AccountId == accountId)
                tables.Apply(change);
        }, stop);
        var sinceMs = data.Settings.NowMs - SpanMs;
        var comparison = new ClaimComparison(data.Settings.Join, tables, sinceMs);
        log.ReadEvents(accountId, data.Settings.Join, sinceMs, comparison.OnDeployment, comparison.OnAlert, stop);
        return new(comparison.RunOut(), SpanMs, (long)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }
}

using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace StreamDeploy.Connectors.Monitoring;

/// <summary>The metrics as Prometheus reads them: its text format, version 0.0.4.</summary>
/// <remarks>Names by its rules: dots become underscores, seconds and bytes are in the name, counters end in _total.</remarks>
internal sealed class MetricsPage : BaseExporter<Metric>
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly object _gate = new();
    private readonly StringBuilder _text = new();

    /// <summary>Reads every instrument now.</summary>
    public string Write(MetricReader reader)
    {
        // The reader calls Export, on this thread.
        lock (_gate)
        {
            _text.Clear();
            reader.Collect(5000);
            return _text.ToString();
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
            Write(metric);
        return ExportResult.Success;
    }

    private void Write(Metric metric)
    {
        var kind = metric.MetricType;
        var isCounter = kind is MetricType.LongSum or MetricType.DoubleSum;
        var name = NameOf(metric, isCounter);
        if (metric.Description.Length > 0)
            Line($"# HELP {name} {metric.Description.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}");
        Line($"# TYPE {name} {(isCounter ? "counter" : kind == MetricType.Histogram ? "histogram" : "gauge")}");
        foreach (ref readonly var point in metric.GetMetricPoints())
        {
            var labels = LabelsOf(point.Tags);
            if (kind == MetricType.Histogram)
                WriteHistogram(name, labels, point);
            else
                Line($"{name}{Braced(labels)} {Number(ValueOf(kind, point))}");
        }
    }

    private void WriteHistogram(string name, string labels, in MetricPoint point)
    {
        var comma = labels.Length > 0 ? "," : "";
        long count = 0;
        foreach (var bucket in point.GetHistogramBuckets())
        {
            count += bucket.BucketCount;
            Line($"{name}_bucket{{{labels}{comma}le=\"{(double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : Number(bucket.ExplicitBound))}\"}} {count}");
        }
        Line($"{name}_sum{Braced(labels)} {Number(point.GetHistogramSum())}");
        Line($"{name}_count{Braced(labels)} {point.GetHistogramCount()}");
    }

    private void Line(string line) => _text.Append(line).Append('\n');

    private static double ValueOf(MetricType kind, in MetricPoint point) => kind switch
    {
        MetricType.LongSum => point.GetSumLong(),
        MetricType.DoubleSum => point.GetSumDouble(),
        MetricType.LongGauge => point.GetGaugeLastValueLong(),
        MetricType.DoubleGauge => point.GetGaugeLastValueDouble(),
        MetricType.LongSumNonMonotonic => point.GetSumLong(),
        MetricType.DoubleSumNonMonotonic => point.GetSumDouble(),
        _ => double.NaN,
    };

    private static string NameOf(Metric metric, bool isCounter)
    {
        var name = metric.Name.Replace('.', '_').Replace('-', '_');
        var unit = metric.Unit switch { "s" => "_seconds", "By" => "_bytes", _ => "" };
        if (!name.EndsWith(unit, StringComparison.Ordinal))
            name += unit;
        return isCounter && !name.EndsWith("_total", StringComparison.Ordinal) ? name + "_total" : name;
    }

    private static string LabelsOf(ReadOnlyTagCollection tags)
    {
        var text = new StringBuilder();
        foreach (var (key, value) in tags)
        {
            var escaped = (Convert.ToString(value, CultureInfo.InvariantCulture) ?? "").Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
            text.Append(text.Length > 0 ? "," : "").Append(key.Replace('.', '_')).Append("=\"").Append(escaped).Append('"');
        }
        return text.ToString();
    }

    private static string Braced(string labels) => labels.Length > 0 ? $"{{{labels}}}" : "";

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}

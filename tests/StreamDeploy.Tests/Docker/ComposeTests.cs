using System.Globalization;
using System.Text.RegularExpressions;

namespace StreamDeploy.Tests.Docker;

/// <summary>What docker/compose.yaml promises about every service. docker/smoke.sh tries the same on running containers.</summary>
public sealed partial class ComposeTests
{
    /// <summary>Where each server keeps its data.</summary>
    private static readonly Dictionary<string, string> Data = new()
    {
        ["kafka"] = "/var/lib/kafka/data",
        ["clickhouse"] = "/var/lib/clickhouse",
        ["grafana"] = "/var/lib/grafana",
    };

    public static TheoryData<string> Services() => [.. ComposeFile.Services];

    [Theory]
    [MemberData(nameof(Services))]
    public void No_service_may_write_to_its_root_file_system_or_gain_rights(string service)
    {
        Assert.Equal("true", ComposeFile.Text(service, "read_only"));
        Assert.Equal(["ALL"], ComposeFile.List(service, "cap_drop"));
        Assert.Equal(["no-new-privileges:true"], ComposeFile.List(service, "security_opt"));
        Assert.Empty(ComposeFile.List(service, "cap_add"));
        Assert.DoesNotContain("privileged", ComposeFile.Service(service).Keys);
        Assert.Contains(ComposeFile.List(service, "tmpfs"), mount => mount.StartsWith("/tmp:", StringComparison.Ordinal));
        Assert.All(ComposeFile.List(service, "tmpfs"), mount => Assert.Contains("size=", mount, StringComparison.Ordinal));
    }

    /// <summary>Our own image says it itself.</summary>
    [Theory]
    [MemberData(nameof(Services))]
    public void No_service_runs_as_root(string service)
    {
        if (ComposeFile.Service(service).ContainsKey("build"))
            Assert.Matches(@"\nUSER \$APP_UID\n(?!.*\nUSER )", File.ReadAllText(Repository.Path("docker", "Dockerfile")));
        else
            Assert.Matches("^[1-9][0-9]*:[0-9]+$", ComposeFile.Text(service, "user"));
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_service_has_limits(string service)
    {
        Assert.Matches("^[0-9]+[mg]$", ComposeFile.Text(service, "mem_limit"));
        // Docker refuses more than the machine has.
        Assert.InRange(double.Parse(ComposeFile.Text(service, "cpus")!, CultureInfo.InvariantCulture), 0.1, 2);
        Assert.InRange(int.Parse(ComposeFile.Text(service, "pids_limit")!, CultureInfo.InvariantCulture), 64, 4096);
    }

    [Theory]
    [MemberData(nameof(Services))]
    public void Every_image_has_a_version(string service) => Assert.Matches(@":v?[0-9]+\.[0-9]+[0-9.a-z-]*$", ComposeFile.Text(service, "image"));

    [Theory]
    [MemberData(nameof(Services))]
    public void Ports_are_open_on_this_machine_alone(string service) =>
        Assert.All(ComposeFile.List(service, "ports"), port => Assert.StartsWith("127.0.0.1:", port, StringComparison.Ordinal));

    [Fact]
    public void What_must_outlive_a_container_is_in_a_volume()
    {
        Assert.Equal(Data.Keys.Order(), ComposeFile.Volumes.Order());
        foreach (var (service, path) in Data)
            Assert.Contains($"{service}:{path}", ComposeFile.List(service, "volumes"));
    }

    /// <summary>Without the property the broker writes below /tmp, and a new container has no topic.</summary>
    [Fact]
    public void Kafka_writes_into_its_volume()
    {
        var environment = (Dictionary<object, object>)ComposeFile.Service("kafka")["environment"];

        Assert.Equal(Data["kafka"], environment["KAFKA_LOG_DIRS"]);
    }

    [Fact]
    public void Tests_and_compose_file_take_the_same_Kafka()
    {
        var container = File.ReadAllText(Repository.Path("tests", "StreamDeploy.IntegrationTests", "Servers", "BrokerContainer.cs"));

        Assert.Contains($"\"{ComposeFile.Text("kafka", "image")}\"", container, StringComparison.Ordinal);
    }

    [Fact]
    public void The_smoke_test_knows_every_service()
    {
        var script = File.ReadAllText(Repository.Path("docker", "smoke.sh"));

        Assert.Equal(ComposeFile.Services.Order(), ServicesOfScript().Match(script).Groups[1].Value.Split(' ').Order());
    }

    [GeneratedRegex(@"\nservices=\(([^)]*)\)")]
    private static partial Regex ServicesOfScript();
}

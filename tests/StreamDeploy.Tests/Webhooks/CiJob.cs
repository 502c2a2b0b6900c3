using System.Diagnostics;
using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace StreamDeploy.Tests.Webhooks;

/// <summary>A deployment job of a CI that took over a template, run as that CI runs it: its shell, its variables and nothing else.</summary>
internal sealed partial class CiJob : IDisposable
{
    public const string GitHub = "github-actions.yml";
    public const string GitLab = "gitlab-ci.yml";
    public const string Jenkins = "Jenkinsfile";
    public const string Shell = "send.sh";
    public const string Commit = "6113728f27ae82c7b1a177c8d03f9e96e0adf246";

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("streamdeploy-ci");
    private readonly Dictionary<string, string> _variables = new(StringComparer.Ordinal);
    private readonly string _template;
    private readonly string _message;
    private readonly string _key;
    private readonly string _address;

    /// <param name="template">The file's name.</param>
    /// <param name="address">Where the ingest is; empty where nobody said.</param>
    /// <param name="key">The integration key.</param>
    /// <param name="message">The commit's.</param>
    public CiJob(string template, string address, string key = IngestWorld.PipelineKey, string message = "Charge once")
    {
        (_template, _address, _key, _message) = (template, address, key, message);
        Directory.CreateDirectory(Temp);
        Directory.CreateDirectory(Workspace);
        _variables["PATH"] = Environment.GetEnvironmentVariable("PATH")!;
        _variables["HOME"] = Temp;
        foreach (var (name, value) in Provided())
            _variables[name] = value;
    }

    public static TheoryData<string> Templates => new(GitHub, GitLab, Jenkins, Shell);

    /// <summary>Where the job's own files are.</summary>
    public string Workspace => Path.Combine(_folder.FullName, "workspace");

    private string Temp => Path.Combine(_folder.FullName, "temp");

    /// <summary>The shell that runs GitLab's scripts: bash where the image has it.</summary>
    public string GitLabShell { get; init; } = "sh";

    public string this[string variable]
    {
        set => _variables[variable] = value;
    }

    /// <summary>What stands in front of the deployment.</summary>
    public Task<CiRun> StartAsync() => _template switch
    {
        GitHub => RunStepAsync("Tell StreamDeploy of the start", "success"),
        GitLab => RunGitLabAsync("before_script", "running"),
        Jenkins => RunJenkinsAsync("steps"),
        _ => RunAsync("sh", [], Template.Text(Shell), [("STREAMDEPLOY_KEY", _key)], "STARTED"),
    };

    /// <summary>What stands behind it.</summary>
    /// <param name="outcome">success, failure or cancelled.</param>
    public Task<CiRun> EndAsync(string outcome = "success") => _template switch
    {
        GitHub => RunStepAsync("Tell StreamDeploy of the end", outcome),
        GitLab => RunGitLabAsync("after_script", outcome switch { "failure" => "failed", "cancelled" => "canceled", _ => outcome }),
        Jenkins => RunJenkinsAsync(outcome == "cancelled" ? "aborted" : outcome),
        _ => RunAsync("sh", [], Template.Text(Shell), [("STREAMDEPLOY_KEY", _key)], outcome switch { "failure" => "FAILED", "cancelled" => "CANCELLED", _ => "SUCCEEDED" }),
    };

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>A PATH on which only these are.</summary>
    public void KeepOnly(params string[] tools)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_folder.FullName, "bin")).FullName;
        foreach (var tool in tools)
            File.CreateSymbolicLink(Path.Combine(folder, tool), Tools.Find(tool)!);
        _variables["PATH"] = folder;
    }

    /// <summary>The workspace as Git has checked it out.</summary>
    public async Task CheckOutAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(Temp, "message"), _message);
        const string script = """
            git init -q -b main .
            git -c user.name='Ada "the" Countess' -c user.email=ada@acme.example commit -q --allow-empty --allow-empty-message --cleanup=verbatim -F "$HOME/message"
            """;
        Assert.Equal((0, ""), await RunAsync("sh", ["-e"], script, []) is var run ? (run.ExitCode, run.Log) : default);
    }

    // https://docs.github.com/en/actions/reference/variables-reference, https://docs.gitlab.com/ci/variables/predefined_variables,
    // https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables
    private (string Name, string Value)[] Provided() => _template switch
    {
        GitHub =>
        [
            ("GITHUB_SHA", Commit), ("GITHUB_REPOSITORY", "acme/checkout"), ("GITHUB_REF_TYPE", "branch"), ("GITHUB_REF_NAME", "main"), ("GITHUB_HEAD_REF", ""),
            ("GITHUB_ACTOR", "ada"), ("GITHUB_SERVER_URL", "https://github.com"), ("GITHUB_RUN_ID", "4711"), ("GITHUB_RUN_ATTEMPT", "2"), ("RUNNER_TEMP", Temp),
        ],
        GitLab =>
        [
            ("CI_COMMIT_SHA", Commit), ("CI_PROJECT_PATH", "acme/shop/checkout"), ("CI_COMMIT_BRANCH", "main"), ("CI_ENVIRONMENT_NAME", "production"),
            ("GITLAB_USER_NAME", "Ada \"the\" Countess"), ("GITLAB_USER_EMAIL", "ada@acme.example"), ("CI_COMMIT_TITLE", _message), ("CI_PROJECT_ID", "12"), ("CI_JOB_ID", "4711"),
            ("CI_JOB_URL", "https://gitlab.acme.example/acme/shop/checkout/-/jobs/4711"), ("STREAMDEPLOY_URL", _address), ("STREAMDEPLOY_KEY", _key),
        ],
        Jenkins =>
        [
            ("GIT_COMMIT", Commit), ("GIT_URL", "git@github.com:acme/checkout.git"), ("GIT_BRANCH", "origin/main"), ("BRANCH_NAME", "main"),
            ("BUILD_TAG", "jenkins-checkout-main-17"), ("BUILD_URL", "https://jenkins.acme.example/job/checkout/job/main/17/"), ("STREAMDEPLOY_URL", _address),
        ],
        _ =>
        [
            ("STREAMDEPLOY_COMMIT", Commit), ("STREAMDEPLOY_REPOSITORY", "acme/checkout"), ("STREAMDEPLOY_BRANCH", "main"), ("STREAMDEPLOY_USER", "Ada \"the\" Countess"),
            ("STREAMDEPLOY_EMAIL", "ada@acme.example"), ("STREAMDEPLOY_MESSAGE", _message), ("STREAMDEPLOY_LINK", "https://acme.example/runs/17"), ("STREAMDEPLOY_ID", "run-17"),
            ("STREAMDEPLOY_SERVICE", "checkout"), ("STREAMDEPLOY_ENVIRONMENT", "production"), ("STREAMDEPLOY_URL", _address),
        ],
    };

    private Task<CiRun> RunStepAsync(string name, string status)
    {
        var job = Template.Yaml(GitHub).At("jobs", "deploy");
        var step = job.At("steps").Items().Single(item => item.Fields().ContainsKey("name") && item.At("name").Value() == name);
        Assert.Equal("sh", step.At("shell").Value());
        var script = step.At("run").Value();
        // An expression in the script would put a commit message into it as it is.
        Assert.DoesNotContain("${{", script, StringComparison.Ordinal);
        string ValueOf(Match expression) => expression.Groups[1].Value switch
        {
            "vars.STREAMDEPLOY_URL" => _address,
            "secrets.STREAMDEPLOY_KEY" => _key,
            "github.event.head_commit.message" => _message,
            "job.status" => status,
            var unknown => throw new InvalidOperationException(unknown),
        };
        var environment = job.At("env").Fields().Concat(step.At("env").Fields());
        return RunAsync("sh", ["-e"], script, [.. environment.Select(field => (field.Key, Expression().Replace(field.Value, ValueOf)))]);
    }

    private Task<CiRun> RunGitLabAsync(string section, string status)
    {
        var file = Template.Yaml(GitLab);
        var job = file.At("deploy");
        var lines = job.At(section).Items().SelectMany(item => item is YamlSequenceNode && item.Tag == "!reference"
            ? file.At([.. item.Items().Select(part => part.Value())]).Items()
            : [item]);
        // As the runner begins a script.
        var script = "if set -o | grep pipefail > /dev/null; then set -o pipefail; fi; set -o errexit\n" + string.Join('\n', lines.Select(line => line.Value()));
        return RunAsync(GitLabShell, [], script, [.. job.At("variables").Fields().Select(field => (field.Key, field.Value)), ("CI_JOB_STATUS", status)]);
    }

    private Task<CiRun> RunJenkinsAsync(string section)
    {
        var file = Template.Text(Jenkins);
        var status = JenkinsCall().Matches(file).Single(call => call.Groups[1].Value == section).Groups[2].Value;
        var script = JenkinsScript().Match(file).Groups[1].Value;
        Assert.All(EscapeOfGroovy().Matches(script), escape => Assert.Equal(@"\\", escape.Value));
        script = script.Replace(@"\\", @"\", StringComparison.Ordinal);
        var environment = JenkinsVariable().Matches(file).Select(match => (match.Groups[1].Value, match.Groups[2].Value));
        return RunAsync("sh", ["-xe"], script, [.. environment, ("STREAMDEPLOY_STATUS", status), (JenkinsCredential().Match(file).Groups[1].Value, _key)]);
    }

    private async Task<CiRun> RunAsync(string shell, string[] options, string script, (string Name, string Value)[] environment, params string[] arguments)
    {
        var file = Path.Combine(_folder.FullName, "script.sh");
        await File.WriteAllTextAsync(file, script);
        var start = new ProcessStartInfo(Tools.Find(shell)!, [.. options, file, .. arguments])
        {
            WorkingDirectory = Workspace,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in _variables.Select(variable => (variable.Key, variable.Value)).Concat(environment))
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(Limit);
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(limit.Token), process.StandardError.ReadToEndAsync(limit.Token));
            await process.WaitForExitAsync(limit.Token);
            return new CiRun(process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
    }

    [GeneratedRegex(@"\$\{\{ *(.+?) *\}\}")]
    private static partial Regex Expression();

    [GeneratedRegex("sh '''(.*?)'''", RegexOptions.Singleline)]
    private static partial Regex JenkinsScript();

    [GeneratedRegex(@"\\.", RegexOptions.Singleline)]
    private static partial Regex EscapeOfGroovy();

    [GeneratedRegex(@"(\w+) \{\s*streamDeploy\('(\w+)'\)")]
    private static partial Regex JenkinsCall();

    [GeneratedRegex(@"(STREAMDEPLOY_\w+) = '([^']*)'")]
    private static partial Regex JenkinsVariable();

    [GeneratedRegex(@"string\(credentialsId: '[\w-]+', variable: '(\w+)'\)")]
    private static partial Regex JenkinsCredential();
}

/// <summary>How a script ended and what stands in the job's log.</summary>
internal sealed record CiRun(int ExitCode, string Log);

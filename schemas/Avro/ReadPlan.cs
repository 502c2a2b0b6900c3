using System.Linq.Expressions;
using System.Reflection;

namespace StreamDeploy.Schemas.Avro;

/// <summary>Reads one value.</summary>
internal delegate T ReadValue<T>(ref AvroCursor cursor);

/// <summary>A compiled reader. It is filled after it is handed out, so that a recursive record's reader can call itself.</summary>
internal sealed class ReadSlot<T>
{
    public ReadValue<T> Read = null!;
}

/// <summary>Compiles the way from one writer's bytes to our records: in the writer's order, with the reader's defaults.</summary>
internal sealed class ReadPlan
{
    private readonly ParameterExpression cursor = Expression.Parameter(typeof(AvroCursor).MakeByRefType(), "cursor");
    private readonly Dictionary<(AvroType, BoundType), object> slots = [];
    private readonly Dictionary<(RecordType, RecordBinding), object> recordSlots = [];
    private readonly Resolution resolution = new(everyValue: false);
    private RecordBinding? root;
    private IReadOnlySet<string>? without;

    /// <param name="writer">What was written.</param>
    /// <param name="reader">What is made of it.</param>
    /// <param name="without">Properties of the outermost record that are left as they are in a new one.</param>
    public static ReadValue<T> Compile<T>(AvroType writer, BoundType reader, IReadOnlySet<string>? without = null)
    {
        var plan = new ReadPlan { root = reader.Record, without = without };
        string where = reader.Schema is NamedType named ? named.Name : reader.Schema.Label;
        if (plan.resolution.Problem(writer, reader.Whole, where) is { } problem)
            throw new AvroResolutionException(problem);
        return ((ReadSlot<T>)plan.Slot(writer, reader)).Read;
    }

    /// <summary>The value of a field that was not written, made as a reader would make it from bytes. Shared by all records that lack the field.</summary>
    public static object? Default(BoundField field)
    {
        byte[] bytes = SchemaDefault.Encode(field.Type.Whole, field.Schema.Default!.Value);
        MethodInfo read = typeof(ReadPlan).GetMethod(nameof(ReadDefault), BindingFlags.Static | BindingFlags.NonPublic)!;
        return read.MakeGenericMethod(field.Type.Clr).Invoke(null, [bytes, field.Type]);
    }

    private static object? ReadDefault<T>(byte[] bytes, BoundType type)
    {
        var cursor = new AvroCursor(bytes);
        return Compile<T>(type.Whole, type)(ref cursor);
    }

    private Expression Read(AvroType writer, BoundType reader)
    {
        if (writer is UnionType union)
            return ReadUnion(union, reader);
        if (writer.Kind == AvroKind.Null)
            return Expression.Default(reader.Clr);
        Expression value = ReadCore(writer, reader);
        return value.Type == reader.Clr ? value : Expression.Convert(value, reader.Clr);
    }

    private BlockExpression ReadUnion(UnionType writer, BoundType reader)
    {
        ParameterExpression index = Expression.Variable(typeof(int), "index");
        string unreadable = $"a value was written that {reader.Whole.Label} of the reader does not take";
        Expression body = Call(nameof(ReadSteps.Unreadable), [reader.Clr], Expression.Constant(unreadable));
        for (int i = writer.Branches.Count - 1; i >= 0; i--)
        {
            AvroType branch = writer.Branches[i];
            if (resolution.Problem(branch, reader.Whole, "") is null)
                body = Expression.Condition(Expression.Equal(index, Expression.Constant(i)), Read(branch, reader), body);
        }
        Expression read = Call(nameof(ReadSteps.ReadUnionIndex), [], Expression.Constant(writer.Branches.Count));
        return Expression.Block([index], Expression.Assign(index, read), body);
    }

    private Expression ReadCore(AvroType writer, BoundType reader)
    {
        switch (reader.Schema)
        {
            case RecordType:
                return Invoke(RecordSlot((RecordType)writer, reader.Record!), reader.Core);
            case EnumType:
                var symbols = new SymbolMap((EnumType)writer, reader.Enum!);
                return Expression.Convert(Call(nameof(ReadSteps.ReadEnum), [], Expression.Constant(symbols)), reader.Core);
            case ArrayType:
                AvroType items = ((ArrayType)writer).Items;
                return Call(nameof(ReadSteps.ReadArray), [reader.Item!.Clr], Expression.Constant(Slot(items, reader.Item)), Expression.Constant(items.BytesMin));
            case MapType:
                AvroType values = ((MapType)writer).Values;
                int bytesMin = (int)Math.Min(int.MaxValue, 1L + values.BytesMin);
                return Call(nameof(ReadSteps.ReadMap), [reader.Item!.Clr], Expression.Constant(Slot(values, reader.Item)), Expression.Constant(bytesMin));
            case FixedType size:
                return Call(nameof(ReadSteps.ReadFixed), [], Expression.Constant(size.Size));
            default:
                return ReadPrimitive(writer, reader);
        }
    }

    private Expression ReadPrimitive(AvroType writer, BoundType reader)
    {
        if (reader.Schema.Kind == AvroKind.String)
            return Call(nameof(ReadSteps.ReadString), [], Expression.Constant(new StringCache()));
        if (reader.Schema.Kind == AvroKind.Bytes)
            return Call(nameof(ReadSteps.ReadBytes), []);
        Expression value = Call(writer.Kind switch
        {
            AvroKind.Boolean => nameof(ReadSteps.ReadBoolean),
            AvroKind.Int => nameof(ReadSteps.ReadInt),
            AvroKind.Long => nameof(ReadSteps.ReadLong),
            AvroKind.Float => nameof(ReadSteps.ReadFloat),
            _ => nameof(ReadSteps.ReadDouble),
        }, []);
        if (Binder.IsTime(reader.Schema) && UnitsPerMs(writer.LogicalType) is var units and > 1)
            value = Expression.Call(Method(nameof(ReadSteps.FloorDivide)), value, Expression.Constant(units));
        return value.Type == reader.Core ? value : Expression.Convert(value, reader.Core);
    }

    /// <summary>The specification lets a time in microseconds pass as one in milliseconds, fifty thousand years off.</summary>
    private static long UnitsPerMs(string? writerLogicalType) => writerLogicalType switch
    {
        "timestamp-micros" => 1_000,
        "timestamp-nanos" => 1_000_000,
        _ => 1,
    };

    private object RecordSlot(RecordType writer, RecordBinding reader)
    {
        if (recordSlots.TryGetValue((writer, reader), out object? slot))
            return slot;
        slot = Activator.CreateInstance(typeof(ReadSlot<>).MakeGenericType(reader.Clr))!;
        recordSlots.Add((writer, reader), slot);
        Fill(slot, RecordBody(writer, reader), reader.Clr);
        return slot;
    }

    private BlockExpression RecordBody(RecordType writer, RecordBinding reader)
    {
        AvroField?[] sources = Resolution.Sources(writer, reader.Schema);
        bool IsLeftOut(int field) => reader == root && without?.Contains(reader.Fields[field].Property.Name) == true;
        ParameterExpression[] values = [.. reader.Fields.Select(field => Expression.Variable(field.Type.Clr, field.Schema.Name))];
        var steps = new List<Expression> { Call(nameof(ReadSteps.Enter), []) };
        var unwanted = new List<AvroType>();
        foreach (AvroField field in writer.Fields)
        {
            int target = Array.IndexOf(sources, field);
            if (target < 0 || IsLeftOut(target))
            {
                unwanted.Add(field.Type);
                continue;
            }
            AddSkip(steps, unwanted);
            steps.Add(Expression.Assign(values[target], Read(field.Type, reader.Fields[target].Type)));
        }
        AddSkip(steps, unwanted);
        for (int i = 0; i < sources.Length; i++)
        {
            if (sources[i] is null && !IsLeftOut(i))
                steps.Add(Expression.Assign(values[i], Expression.Constant(Default(reader.Fields[i]), values[i].Type)));
        }
        steps.Add(Call(nameof(ReadSteps.Leave), []));
        steps.Add(Expression.MemberInit(Expression.New(reader.Clr), reader.Fields.Select((field, i) => (field, i)).Where(f => !IsLeftOut(f.i)).Select(f => Expression.Bind(f.field.Property, values[f.i]))));
        return Expression.Block(values, steps);
    }

    /// <summary>One call for fields that stand side by side: a hostile schema has thousands.</summary>
    private void AddSkip(List<Expression> steps, List<AvroType> unwanted)
    {
        if (unwanted.Count == 0)
            return;
        MethodInfo skip = typeof(AvroSkip).GetMethod(nameof(AvroSkip.Skip), [typeof(AvroCursor).MakeByRefType(), typeof(AvroType[])])!;
        steps.Add(Expression.Call(skip, cursor, Expression.Constant(unwanted.ToArray())));
        unwanted.Clear();
    }

    private object Slot(AvroType writer, BoundType reader)
    {
        if (slots.TryGetValue((writer, reader), out object? slot))
            return slot;
        slot = Activator.CreateInstance(typeof(ReadSlot<>).MakeGenericType(reader.Clr))!;
        slots.Add((writer, reader), slot);
        Fill(slot, Read(writer, reader), reader.Clr);
        return slot;
    }

    private void Fill(object slot, Expression body, Type clr)
    {
        Type type = typeof(ReadValue<>).MakeGenericType(clr);
        slot.GetType().GetField(nameof(ReadSlot<int>.Read))!.SetValue(slot, Expression.Lambda(type, body, cursor).Compile());
    }

    private InvocationExpression Invoke(object slot, Type clr) => Expression.Invoke(Expression.Field(Expression.Constant(slot), nameof(ReadSlot<int>.Read)), cursor);

    private MethodCallExpression Call(string method, Type[] types, params Expression[] arguments)
    {
        MethodInfo found = Method(method);
        return Expression.Call(types.Length == 0 ? found : found.MakeGenericMethod(types), [cursor, .. arguments]);
    }

    private static MethodInfo Method(string name) => typeof(ReadSteps).GetMethod(name)!;
}

using System.Linq.Expressions;
using System.Reflection;

namespace StreamDeploy.Schemas.Avro;

/// <summary>Writes one value.</summary>
internal delegate void WriteValue<in T>(ref AvroOutput output, T value);

/// <summary>A compiled writer, filled after it is handed out, as <see cref="ReadSlot{T}"/>.</summary>
internal sealed class WriteSlot<T>
{
    public WriteValue<T> Write = null!;
}

/// <summary>Compiles the way from our records to bytes.</summary>
internal sealed class WritePlan
{
    private readonly ParameterExpression output = Expression.Parameter(typeof(AvroOutput).MakeByRefType(), "output");
    private readonly Dictionary<RecordBinding, object> records = [];

    public static WriteValue<T> Compile<T>(BoundType type)
    {
        var plan = new WritePlan();
        return ((WriteSlot<T>)plan.Slot(type, type.Schema is NamedType named ? named.Name : type.Schema.Label)).Write;
    }

    private Expression Write(BoundType type, Expression value, string where)
    {
        if (!type.Nullable)
            return WriteCore(type, value, where);
        Expression isNull = Expression.Equal(value, Expression.Constant(null, type.Clr));
        Expression core = type.Core == type.Clr ? value : Expression.Property(value, nameof(Nullable<int>.Value));
        return Expression.IfThenElse(
            isNull,
            Call(nameof(WriteSteps.WriteLong), [], Expression.Constant((long)type.NullIndex)),
            Expression.Block(Call(nameof(WriteSteps.WriteLong), [], Expression.Constant(1L - type.NullIndex)), WriteCore(type, core, where)));
    }

    private Expression WriteCore(BoundType type, Expression value, string where)
    {
        ConstantExpression path = Expression.Constant(where);
        switch (type.Schema.Kind)
        {
            case AvroKind.Record:
                return Expression.Invoke(Expression.Field(Expression.Constant(RecordSlot(type.Record!)), nameof(WriteSlot<int>.Write)), output, value);
            case AvroKind.Enum:
                return Call(nameof(WriteSteps.WriteEnum), [], Expression.Convert(value, typeof(int)), Expression.Constant(type.Enum), path);
            case AvroKind.Array:
                return Call(nameof(WriteSteps.WriteArray), [type.Item!.Clr], value, Expression.Constant(Slot(type.Item, where + "[]")), path);
            case AvroKind.Map:
                return Call(nameof(WriteSteps.WriteMap), [type.Item!.Clr], value, Expression.Constant(Slot(type.Item, where + "[]")), path);
            case AvroKind.Fixed:
                return Call(nameof(WriteSteps.WriteFixed), [], value, Expression.Constant(((FixedType)type.Schema).Size), path);
            case AvroKind.String:
                return Call(nameof(WriteSteps.WriteString), [], value, path);
            case AvroKind.Bytes:
                return Call(nameof(WriteSteps.WriteBytes), [], value, path);
            case AvroKind.Int:
                return Call(nameof(WriteSteps.WriteLong), [], Expression.Convert(value, typeof(long)));
            case AvroKind.Long:
                return Call(nameof(WriteSteps.WriteLong), [], value);
            case AvroKind.Boolean:
                return Call(nameof(WriteSteps.WriteBoolean), [], value);
            case AvroKind.Float:
                return Call(nameof(WriteSteps.WriteFloat), [], value);
            default:
                return Call(nameof(WriteSteps.WriteDouble), [], value);
        }
    }

    private object RecordSlot(RecordBinding record)
    {
        if (records.TryGetValue(record, out object? slot))
            return slot;
        slot = Activator.CreateInstance(typeof(WriteSlot<>).MakeGenericType(record.Clr))!;
        records.Add(record, slot);
        ParameterExpression value = Expression.Parameter(record.Clr, "value");
        var steps = new List<Expression> { Call(nameof(WriteSteps.EnterRecord), [], value, Expression.Constant(record.Clr.Name)) };
        foreach (BoundField field in record.Fields)
        {
            ParameterExpression member = Expression.Variable(field.Type.Clr, field.Schema.Name);
            Expression assign = Expression.Assign(member, Expression.Property(value, field.Property));
            steps.Add(Expression.Block([member], assign, Write(field.Type, member, field.Path)));
        }
        steps.Add(Call(nameof(WriteSteps.Leave), []));
        Fill(slot, Expression.Block(steps), value);
        return slot;
    }

    private object Slot(BoundType type, string where)
    {
        object slot = Activator.CreateInstance(typeof(WriteSlot<>).MakeGenericType(type.Clr))!;
        ParameterExpression value = Expression.Parameter(type.Clr, "value");
        Fill(slot, Write(type, value, where), value);
        return slot;
    }

    private void Fill(object slot, Expression body, ParameterExpression value)
    {
        Type type = typeof(WriteValue<>).MakeGenericType(value.Type);
        slot.GetType().GetField(nameof(WriteSlot<int>.Write))!.SetValue(slot, Expression.Lambda(type, body, output, value).Compile());
    }

    private MethodCallExpression Call(string method, Type[] types, params Expression[] arguments)
    {
        MethodInfo found = typeof(WriteSteps).GetMethod(method)!;
        return Expression.Call(types.Length == 0 ? found : found.MakeGenericMethod(types), [output, .. arguments]);
    }
}

"""How hard the work felt, without a name; why a case ended at home."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('escalation', '0006_names_found_quickly'),
    ]

    operations = [
        migrations.CreateModel(
            name='Effort',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(db_index=True)),
                ('weight', models.CharField(choices=[('light', 'light'), ('usual', 'usual'), ('heavy', 'heavy')], max_length=8)),
                ('words', models.CharField(blank=True, default='', max_length=600)),
            ],
        ),
        migrations.AddField(
            model_name='case',
            name='resolved_because',
            field=models.CharField(max_length=16, null=True),
        ),
    ]

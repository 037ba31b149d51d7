"""The maker's batch of the machines that a bundle is for; it stays at the desk."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('authority', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='issuedbundle',
            name='batch',
            field=models.CharField(max_length=64, null=True),
        ),
    ]
